-- Mail: the server that takes it, the messages that wait for it, the links in them, and whose address is confirmed.

-- At most one row. Every hub hears that it changed and reads it; its password travels to no one.
CREATE TABLE mail_server (
    only_one        boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    host            text NOT NULL,
    port            integer NOT NULL CHECK (port BETWEEN 1 AND 65535),
    security        text NOT NULL CHECK (security IN ('starttls', 'tls', 'none')),
    user_name       text NOT NULL DEFAULT '',
    password        text NOT NULL DEFAULT '',
    sender_address  text NOT NULL,
    sender_name     text NOT NULL DEFAULT '',
    changed_at      timestamptz NOT NULL DEFAULT now()
);

-- A message and what became of it. What it says may hold a link that opens an account, so it is emptied when the message
-- is sent or given up, and no hub hears of it.
CREATE TABLE outgoing_mail (
    mail_id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    to_address      text NOT NULL,
    address_key     text NOT NULL,  -- the canonical form, by which the limits count
    account_id      uuid REFERENCES accounts ON DELETE SET NULL,  -- who caused it
    subject         text NOT NULL,
    body            text NOT NULL,
    html            text,
    state           text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'failed')),
    tries           integer NOT NULL DEFAULT 0,
    unfinished      integer NOT NULL DEFAULT 0,  -- tries in a row whose hub ended before it could say how they went
    reason          text NOT NULL DEFAULT '',
    created_at      timestamptz NOT NULL DEFAULT now(),
    due_at          timestamptz NOT NULL DEFAULT now(),
    give_up_at      timestamptz NOT NULL,
    finished_at     timestamptz
);
CREATE INDEX outgoing_mail_due ON outgoing_mail (due_at) WHERE state = 'waiting';
CREATE INDEX outgoing_mail_address ON outgoing_mail (address_key, created_at);
CREATE INDEX outgoing_mail_account ON outgoing_mail (account_id, created_at);
CREATE INDEX outgoing_mail_finished ON outgoing_mail (finished_at) WHERE state <> 'waiting';

ALTER PUBLICATION studium ADD TABLE
    mail_server (only_one, changed_at),
    outgoing_mail (mail_id, to_address, subject, state, tries, reason, created_at, due_at, finished_at);

-- Links of an account, one of each purpose: a newer one takes the place of the older.
CREATE TABLE account_links (
    token_hash      bytea PRIMARY KEY,
    account_id      uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    purpose         text NOT NULL CHECK (purpose IN ('reset_password', 'confirm_email', 'change_email')),
    email_address   text NOT NULL DEFAULT '',
    email_key       text NOT NULL DEFAULT '',
    mailed          boolean NOT NULL,  -- whoever opens it reads the mail of email_address
    expires_at      timestamptz NOT NULL,
    UNIQUE (account_id, purpose)
);
CREATE INDEX account_links_expiry ON account_links (expires_at);

ALTER TABLE accounts ADD COLUMN confirmed_at timestamptz;

-- Whoever changes the password, the address or the account's admission, and by whatever way: older links end with it.
CREATE FUNCTION accounts_end_links() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM account_links
     WHERE account_id = NEW.account_id
       AND (purpose <> 'confirm_email' OR NEW.disabled OR OLD.email_key <> NEW.email_key);
    RETURN NULL;
END $$;
CREATE TRIGGER accounts_end_links AFTER UPDATE ON accounts
    FOR EACH ROW WHEN ((OLD.password_hash, OLD.email_key, OLD.disabled)
                       IS DISTINCT FROM (NEW.password_hash, NEW.email_key, NEW.disabled))
    EXECUTE FUNCTION accounts_end_links();
