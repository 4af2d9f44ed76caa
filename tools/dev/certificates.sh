# A local authority and certificates of its own, for `up --tls` and for the tests. Sourced, after output.sh.
# shellcheck shell=bash

readonly authority_days=3650
readonly certificate_days=397
readonly renew_before_s=$((30 * 24 * 3600))

# What the authority may vouch for: whoever trusts it, and loses its key, loses nothing but this machine's own names.
readonly local_names_only='critical,permitted;DNS:localhost,permitted;IP:127.0.0.0/255.0.0.0,permitted;IP:0:0:0:0:0:0:0:1/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'

# openssl's own settings say things of which not all are wanted.
bare_settings() {
  printf '[req]\ndistinguished_name = name\nprompt = no\n[name]\nCN = %s\n' "$1"
}

new_key() { openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 2>/dev/null; }

# quiet_openssl ARGUMENTS…: says something only when it fails.
quiet_openssl() {
  local complaint
  complaint=$(openssl "$@" 2>&1) || die "openssl $1 failed: $complaint"
}

# make_authority DIR: DIR/authority.crt and .key, unless they are there.
make_authority() {
  [[ -s $1/authority.crt && -s $1/authority.key ]] && return 0
  (umask 077 && mkdir -p -- "$1" && new_key >"$1/authority.key")
  quiet_openssl req -x509 -new -key "$1/authority.key" -days "$authority_days" -out "$1/authority.crt" \
    -extensions authority -config <(
      bare_settings "Parley's local authority on ${HOSTNAME:-this machine}"
      printf '[authority]\nbasicConstraints = critical,CA:TRUE,pathlen:0\nkeyUsage = critical,keyCertSign\n'
      printf 'subjectKeyIdentifier = hash\nnameConstraints = %s\n' "$local_names_only"
    )
}

# certificate_is_good DIR NAME: it is there, is the authority's, and lasts for some time.
certificate_is_good() {
  [[ -s $1/$2.crt && -s $1/$2.key ]] || return 1
  openssl x509 -checkend "$renew_before_s" -noout -in "$1/$2.crt" >/dev/null 2>&1 &&
    openssl verify -CAfile "$1/authority.crt" "$1/$2.crt" >/dev/null 2>&1
}

# make_certificate DIR NAME [NAMES]: DIR/NAME.crt and .key by the authority in DIR, for localhost and its addresses or for
# NAMES (a subjectAltName of openssl). The old ones are replaced at once, each when the new one is whole.
make_certificate() {
  local unfinished=$1/.$2.new names=${3:-DNS:localhost,IP:127.0.0.1,IP:::1}
  (umask 077 && new_key >"$unfinished.key")
  quiet_openssl req -new -key "$unfinished.key" -out "$unfinished.csr" -config <(bare_settings localhost)
  quiet_openssl x509 -req -in "$unfinished.csr" -CA "$1/authority.crt" -CAkey "$1/authority.key" \
    -set_serial "0x00$(openssl rand -hex 16)" -days "$certificate_days" -out "$unfinished.crt" -extfile <(
      printf 'basicConstraints = critical,CA:FALSE\nkeyUsage = critical,digitalSignature\n'
      printf 'extendedKeyUsage = serverAuth,clientAuth\nsubjectKeyIdentifier = hash\nauthorityKeyIdentifier = keyid\n'
      printf 'subjectAltName = %s\n' "$names"
    )
  rm -f -- "$unfinished.csr"
  mv -f -- "$unfinished.key" "$1/$2.key"
  mv -f -- "$unfinished.crt" "$1/$2.crt"
}

# local_certificate DIR: authority, and a certificate `server` that is good.
local_certificate() {
  command -v openssl >/dev/null || die "openssl is not installed" "Install the package openssl."
  make_authority "$1"
  certificate_is_good "$1" server || make_certificate "$1" server
}

# tell_trust DIR: how a browser on this machine comes to trust the authority.
tell_trust() {
  local file
  file=$(shown_path "$1/authority.crt")
  note "The certificate is by an authority that was made here, for this machine's own names only. To trust it:"
  note "  system, curl: sudo cp $file /usr/local/share/ca-certificates/parley-local.crt && sudo update-ca-certificates"
  note "  Chromium:     certutil -d sql:\$HOME/.pki/nssdb -A -t C,, -n parley-local -i $file   (package libnss3-tools)"
  note "  Firefox:      Settings, Privacy & Security, View Certificates, Authorities, Import: $file"
  note "  once:         curl --cacert $file $(gateway_address)"
}
