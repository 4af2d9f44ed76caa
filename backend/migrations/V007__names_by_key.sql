-- compatible_from: V001
-- Whether a name is somebody else's in a room is asked for messages too, by the name itself: without looking at all the
-- names of its family.
CREATE INDEX connections_by_name_key ON connections (room_id, name_key(author_name), author_id);
