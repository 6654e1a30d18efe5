-- What has happened in projects. log_id is made from the time (UUID version 7), so the key is the order. The name is the
-- person's at that time, and goes on to tell after they have left.
CREATE TABLE project_log (
    project_id      uuid NOT NULL REFERENCES projects ON DELETE CASCADE,
    log_id          uuid NOT NULL,
    account_id      uuid REFERENCES accounts ON DELETE SET NULL,
    name            text,
    happened_at     timestamptz NOT NULL DEFAULT now(),
    kind            text NOT NULL,
    event           text NOT NULL,
    path            text,
    detail          jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (project_id, log_id)
);
-- In the order in which lists are asked for, newest first.
CREATE INDEX project_log_newest ON project_log (project_id, log_id DESC NULLS LAST);
CREATE INDEX project_log_age ON project_log (happened_at);
CREATE INDEX project_log_account ON project_log (account_id);

-- Who last read and edited each file: {account_id: {"read": time, "edit": time}}.
CREATE TABLE file_use (
    project_id      uuid NOT NULL REFERENCES projects ON DELETE CASCADE,
    path            text NOT NULL,
    users           jsonb NOT NULL DEFAULT '{}',
    last_edited     timestamptz,
    PRIMARY KEY (project_id, path)
);

-- What somebody is told of. It goes when they leave the project.
CREATE TABLE notifications (
    account_id      uuid NOT NULL,
    notification_id uuid NOT NULL,
    project_id      uuid NOT NULL,
    kind            text NOT NULL,
    path            text NOT NULL DEFAULT '',
    by_account_id   uuid,
    detail          jsonb NOT NULL DEFAULT '{}',
    happened_at     timestamptz NOT NULL DEFAULT now(),
    read_at         timestamptz,
    PRIMARY KEY (account_id, notification_id),
    UNIQUE (account_id, project_id, kind, path),
    FOREIGN KEY (project_id, account_id) REFERENCES collaborators ON DELETE CASCADE
);
CREATE INDEX notifications_project ON notifications (project_id, account_id);
CREATE INDEX notifications_newest ON notifications (account_id, happened_at DESC);

ALTER TABLE collaborators ADD COLUMN muted boolean NOT NULL DEFAULT false;

-- Keys tell whose a row is, so old rows need not travel.
ALTER PUBLICATION studium ADD TABLE project_log, file_use, notifications;
