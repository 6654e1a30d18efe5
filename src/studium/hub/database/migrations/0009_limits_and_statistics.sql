-- Projects that nobody uses stop: after so many minutes, 0 for never, null for what the site says.
ALTER TABLE projects ADD COLUMN idle_minutes integer CHECK (idle_minutes >= 0);

-- What each hub says of itself twice a minute, and what one of them counts for all, so that administrators see it live.
ALTER TABLE hubs
    ADD COLUMN version text NOT NULL DEFAULT '',
    ADD COLUMN connections integer NOT NULL DEFAULT 0,
    ADD COLUMN feeds integer NOT NULL DEFAULT 0,
    ADD COLUMN sockets integer NOT NULL DEFAULT 0,
    ADD COLUMN projects integer NOT NULL DEFAULT 0,
    ADD COLUMN memory_bytes bigint NOT NULL DEFAULT 0,
    ADD COLUMN project_limits jsonb NOT NULL DEFAULT '{}';

CREATE TABLE site_statistics (
    name            text PRIMARY KEY CHECK (name = 'site'),  -- there is one row
    measured_at     timestamptz NOT NULL DEFAULT now(),
    accounts        integer NOT NULL,
    active_in_day   integer NOT NULL,
    active_in_week  integer NOT NULL,
    projects        integer NOT NULL,
    running         integer NOT NULL,
    database_bytes  bigint NOT NULL
);
ALTER PUBLICATION studium ADD TABLE site_statistics;
