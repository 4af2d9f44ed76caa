// node tools/dev/make_sbom.mjs VERSION OUTPUT PROGRAM…: what the programs and the page are made of, with versions and
// licences, as CycloneDX 1.5 (https://cyclonedx.org/docs/1.5/json/). Debian's packages: what a program is linked with is
// looked up by its shared libraries; what is compiled into it, or into the page, is named here.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, realpathSync, writeFileSync } from 'node:fs';

const kCompiledIn = {
  program: ['libboost1.81-dev', 'libabsl-dev', 'libgrpc++-dev', 'libprotobuf-dev', 'libspdlog-dev'],
  page: ['emscripten', 'libprotobuf-dev', 'libabsl-dev'],
};

const [version, output, ...programs] = process.argv.slice(2);
const run = (program, ...words) => execFileSync(program, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

// The shared libraries that a program is started with.
const librariesOf = (program) => [...run('ldd', program).matchAll(/=> (\/\S+)/g)].map(([, path]) => path);

// dpkg knows a file by the path under which its package has it: /lib may be a link to /usr/lib.
const pathsOf = (library) => [library, realpathSync(library)].flatMap((path) => [path, path.replace(/^\/usr/, ''), `/usr${path}`]);

// By library: the package that has it. One question for all, for dpkg reads all its lists for each.
function packagesOf(libraries) {
  const { stdout } = spawnSync('dpkg-query', ['--search', ...libraries.flatMap(pathsOf)], { encoding: 'utf8' });
  const byPath = new Map([...stdout.matchAll(/^([^:,\s]+).*: (\/.*)$/gm)].map(([, name, path]) => [path, name]));
  return new Map(libraries.map((library) => {
    const name = pathsOf(library).map((path) => byPath.get(path)).find(Boolean);
    if (name === undefined) throw new Error(`no package has ${library}`);
    return [library, name];
  }));
}

// The licences that the package's machine-readable copyright file names for all files, or else for any.
// https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
function licencesOf(name) {
  const file = `/usr/share/doc/${name}/copyright`;
  const stanzas = readFileSync(file, 'utf8').split(/\n\s*\n/);
  const named = stanzas.map((text) => ({ files: /^Files:\s*(.*)/m.exec(text)?.[1], name: /^License:[ \t]*(\S.*)/m.exec(text)?.[1] }))
    .filter((stanza) => stanza.name && stanza.files && !stanza.files.startsWith('debian'));
  const all = named.filter(({ files }) => files.trim() === '*');
  const names = [...new Set((all.length > 0 ? all : named).map((stanza) => stanza.name.trim()))];
  return names.length > 0 ? names : [`see ${file}`];
}

function component({ name, binary, source, home }, uses) {
  return {
    type: 'library', name, version: binary, purl: `pkg:deb/debian/${name}@${encodeURIComponent(binary)}?distro=debian-12`,
    licenses: licencesOf(name).map((licence) => ({ license: { name: licence } })),
    ...(home && { externalReferences: [{ type: 'website', url: home }] }),
    properties: [{ name: 'debian:source', value: source }, ...[...uses].sort().map((value) => ({ name: 'parley:part-of', value }))],
  };
}

const uses = new Map();
const note = (name, part) => uses.set(name, (uses.get(name) ?? new Set()).add(part));
const linked = programs.map((program) => ({ part: program.split('/').at(-1), libraries: librariesOf(program) }));
const packages = packagesOf([...new Set(linked.flatMap(({ libraries }) => libraries))]);
for (const { part, libraries } of linked) {
  for (const library of libraries) note(packages.get(library), part);
  for (const name of kCompiledIn.program) note(name, part);
}
for (const name of kCompiledIn.page) note(name, 'page');

const names = [...uses.keys()].sort();
const known = run('dpkg-query', '--show', '--showformat', '${Package}\t${Version}\t${source:Package}\t${Homepage}\n', ...names)
  .trimEnd().split('\n').map((line) => line.split('\t')).map(([name, binary, source, home]) => ({ name, binary, source, home }));
const sbom = {
  bomFormat: 'CycloneDX', specVersion: '1.5', version: 1,
  metadata: { component: { type: 'application', name: 'parley', version } },
  components: known.map((one) => component(one, uses.get(one.name))),
};
writeFileSync(output, `${JSON.stringify(sbom, null, 2)}\n`);
console.log(`${output}: ${known.length} packages`);
