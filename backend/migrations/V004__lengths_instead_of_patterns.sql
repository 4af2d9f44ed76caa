-- compatible_from: V001
-- A fifth of the time that the database spent on storing messages went into three regular expressions, those of a
-- message's keys and that of its room, which every update of the room's head asked again. Which characters a name or an
-- identifier may have is checked by every backend before the database is asked; lengths, which bound the size of a row and
-- of its keys, are still checked here. What is stored already has passed the stricter rule: it is not read.
-- First rooms, then messages, as those who store messages lock them.
ALTER TABLE rooms
  DROP CONSTRAINT rooms_name_check,
  ADD CONSTRAINT rooms_name_check CHECK (octet_length(name) BETWEEN 1 AND 64) NOT VALID;
ALTER TABLE messages
  DROP CONSTRAINT messages_author_id_check,
  DROP CONSTRAINT messages_request_id_check,
  ADD CONSTRAINT messages_author_id_check CHECK (octet_length(author_id) BETWEEN 1 AND 64) NOT VALID,
  ADD CONSTRAINT messages_request_id_check CHECK (octet_length(request_id) BETWEEN 1 AND 64) NOT VALID;
