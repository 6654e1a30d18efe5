-- The documents of one project. Append-only but for `saved` and old checkpoints.

-- One row a history. `path` is where it lives now (relative to the home), null once the place was given to another
-- history; `last_path` stays. `format` is one of `DocumentFormat`, for good. `client_id` is the Yjs client of edits made by the file ("disk").
CREATE TABLE IF NOT EXISTS documents (
    document INTEGER PRIMARY KEY,
    document_id BLOB NOT NULL UNIQUE,
    history_id BLOB NOT NULL,
    path TEXT UNIQUE,
    last_path TEXT NOT NULL,
    client_id INTEGER NOT NULL,
    created_at REAL NOT NULL,
    removed INTEGER NOT NULL DEFAULT 0,
    format TEXT NOT NULL DEFAULT 'text'
) STRICT;

-- The log. A row is a run of updates of one account that were committed together: `sequence` is the number of the first,
-- `count` how many, `bytes` each update after its length as a varuint. `account_id` is null for the disk.
CREATE TABLE IF NOT EXISTS updates (
    document INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    count INTEGER NOT NULL,
    at REAL NOT NULL,
    account_id BLOB,
    bytes BLOB NOT NULL,
    PRIMARY KEY (document, sequence)
) STRICT;

-- The whole document after the update `sequence`, so that opening need not replay everything.
CREATE TABLE IF NOT EXISTS checkpoints (
    document INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    at REAL NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (document, sequence)
) STRICT;

-- Names of those who may edit, as they were when they last came: the log has ids alone.
CREATE TABLE IF NOT EXISTS people (
    account_id BLOB PRIMARY KEY,
    name TEXT NOT NULL
) STRICT;

-- What the file is known to hold: bytes of this hash, written in `style`, the text of `version`, or `text` where that is
-- no version's. `next_*` is set before a file is written, so that after a crash either can be recognised.
CREATE TABLE IF NOT EXISTS saved (
    document INTEGER PRIMARY KEY,
    version INTEGER NOT NULL,
    hash BLOB,
    style TEXT NOT NULL,
    text TEXT,
    next_version INTEGER,
    next_hash BLOB,
    next_style TEXT
) STRICT;

CREATE INDEX IF NOT EXISTS documents_by_history ON documents (history_id);

-- What was renamed, the oldest first: whoever comes to an old place (by a link, with an old list of tabs) is led on.
CREATE TABLE IF NOT EXISTS moves (
    move INTEGER PRIMARY KEY,
    old TEXT NOT NULL,
    new TEXT NOT NULL,
    at REAL NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS moves_by_old ON moves (old);

-- Names that people gave to versions. One that was taken away stays for a while (`removed_at`), so that it can be brought
-- back. `account_id` is null for a program whose person is not known.
CREATE TABLE IF NOT EXISTS named_versions (
    named_version_id BLOB PRIMARY KEY,
    document INTEGER NOT NULL,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    at REAL NOT NULL,
    account_id BLOB,
    removed_at REAL
) STRICT;
CREATE INDEX IF NOT EXISTS named_versions_by_document ON named_versions (document, version);
