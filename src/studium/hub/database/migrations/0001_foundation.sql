-- Accounts, projects and who is in them, sessions and tokens, the site's settings, the hubs that run.

CREATE TABLE accounts (
    account_id      uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    email_address   text NOT NULL,
    email_key       text NOT NULL UNIQUE,  -- the address in its one canonical form: NFKC, case folded
    first_name      text NOT NULL DEFAULT '',
    last_name       text NOT NULL DEFAULT '',
    password_hash   text,
    administrator   boolean NOT NULL DEFAULT false,
    colour          smallint NOT NULL DEFAULT floor(random() * 12) CHECK (colour BETWEEN 0 AND 11),
    settings        jsonb NOT NULL DEFAULT '{}',
    disabled        boolean NOT NULL DEFAULT false,
    created_at      timestamptz NOT NULL DEFAULT now(),
    last_active_at  timestamptz
);

CREATE TABLE projects (
    project_id      uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    title           text NOT NULL,
    description     text NOT NULL DEFAULT '',
    state           jsonb NOT NULL DEFAULT '{"status": "stopped"}',
    action_request  jsonb,
    created_at      timestamptz NOT NULL DEFAULT now(),
    last_edited_at  timestamptz NOT NULL DEFAULT now(),
    created_by      uuid REFERENCES accounts ON DELETE SET NULL
);

-- The four columns after added_by are copies from accounts, kept by the triggers below, so that a change of name is a
-- change of the rows in which fellow collaborators see it.
CREATE TABLE collaborators (
    project_id      uuid NOT NULL REFERENCES projects ON DELETE CASCADE,
    account_id      uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    role            text NOT NULL CHECK (role IN ('owner', 'collaborator', 'viewer')),
    added_at        timestamptz NOT NULL DEFAULT now(),
    added_by        uuid REFERENCES accounts ON DELETE SET NULL,
    first_name      text NOT NULL,
    last_name       text NOT NULL,
    colour          smallint NOT NULL,
    email_address   text NOT NULL,
    PRIMARY KEY (project_id, account_id)
);
CREATE INDEX collaborators_account ON collaborators (account_id, project_id);

-- FOR SHARE orders this insert and a concurrent change of the name, whichever commits first.
CREATE FUNCTION collaborators_copy_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT first_name, last_name, colour, email_address
      INTO NEW.first_name, NEW.last_name, NEW.colour, NEW.email_address
      FROM accounts WHERE account_id = NEW.account_id FOR SHARE;
    RETURN NEW;
END $$;
CREATE TRIGGER collaborators_copy_account BEFORE INSERT ON collaborators
    FOR EACH ROW EXECUTE FUNCTION collaborators_copy_account();

CREATE FUNCTION accounts_copy_to_collaborators() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE collaborators
       SET first_name = NEW.first_name, last_name = NEW.last_name, colour = NEW.colour,
           email_address = NEW.email_address
     WHERE account_id = NEW.account_id;
    RETURN NULL;
END $$;
CREATE TRIGGER accounts_copy_to_collaborators AFTER UPDATE ON accounts
    FOR EACH ROW WHEN ((OLD.first_name, OLD.last_name, OLD.colour, OLD.email_address)
                       IS DISTINCT FROM (NEW.first_name, NEW.last_name, NEW.colour, NEW.email_address))
    EXECUTE FUNCTION accounts_copy_to_collaborators();

CREATE TABLE hubs (
    hub_id          uuid PRIMARY KEY,
    started_at      timestamptz NOT NULL DEFAULT now(),
    seen_at         timestamptz NOT NULL DEFAULT now(),
    address         text NOT NULL DEFAULT ''
);

-- Numeric users of projects come from a sequence, so that none is ever used for another project.
CREATE SEQUENCE project_uid_numbers START 3000001;

CREATE TABLE project_runtime (
    project_id      uuid PRIMARY KEY REFERENCES projects ON DELETE CASCADE,
    hub_id          uuid,
    epoch           bigint NOT NULL DEFAULT 0,
    endpoint        text,
    secret          text,
    uid_number      bigint NOT NULL UNIQUE DEFAULT nextval('project_uid_numbers'),
    started_at      timestamptz
);
ALTER SEQUENCE project_uid_numbers OWNED BY project_runtime.uid_number;

CREATE TABLE sessions (
    token_hash      bytea PRIMARY KEY,
    session_id      uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    account_id      uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    created_at      timestamptz NOT NULL DEFAULT now(),
    expires_at      timestamptz NOT NULL,
    last_seen_at    timestamptz NOT NULL DEFAULT now(),
    user_agent      text NOT NULL DEFAULT ''
);
CREATE INDEX sessions_account ON sessions (account_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE api_tokens (
    token_hash      bytea PRIMARY KEY,
    token_id        uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    account_id      uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    name            text NOT NULL DEFAULT '',
    created_at      timestamptz NOT NULL DEFAULT now(),
    expires_at      timestamptz,
    last_used_at    timestamptz
);
CREATE INDEX api_tokens_account ON api_tokens (account_id);

CREATE TABLE invitations (
    token_hash      bytea PRIMARY KEY,
    email_address   text,
    invited_by      uuid REFERENCES accounts ON DELETE SET NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    expires_at      timestamptz NOT NULL,
    used_at         timestamptz,
    used_by         uuid REFERENCES accounts ON DELETE SET NULL
);

CREATE TABLE set_up_tokens (
    token_hash      bytea PRIMARY KEY,
    created_at      timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE site_settings (
    name            text PRIMARY KEY,
    value           jsonb NOT NULL
);

-- What every hub hears of. Old rows in full where feeds need them; sessions and tokens by their public id alone, so that
-- no hash travels; a project's secret never.
ALTER TABLE accounts REPLICA IDENTITY FULL;
ALTER TABLE projects REPLICA IDENTITY FULL;
ALTER TABLE collaborators REPLICA IDENTITY FULL;
ALTER TABLE site_settings REPLICA IDENTITY FULL;
ALTER TABLE sessions REPLICA IDENTITY USING INDEX sessions_session_id_key;
ALTER TABLE api_tokens REPLICA IDENTITY USING INDEX api_tokens_token_id_key;

CREATE PUBLICATION studium FOR TABLE
    accounts,
    projects,
    collaborators,
    site_settings,
    sessions (session_id, account_id, expires_at),
    api_tokens (token_id, account_id, expires_at),
    project_runtime (project_id, hub_id, epoch, endpoint, uid_number, started_at);
