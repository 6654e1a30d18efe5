-- Pictures of people, 128 × 128 pixels. The content stays in a table of its own, which no hub hears of; the hash that
-- names it is copied to where a name is copied.
CREATE TABLE avatars (
    account_id      uuid PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    hash            text NOT NULL,
    content_type    text NOT NULL CHECK (content_type IN ('image/png', 'image/webp')),
    content         bytea NOT NULL CHECK (octet_length(content) <= 65536)
);
ALTER TABLE accounts ADD COLUMN avatar text;
ALTER TABLE collaborators ADD COLUMN avatar text;

CREATE OR REPLACE FUNCTION collaborators_copy_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT first_name, last_name, colour, email_address, avatar
      INTO NEW.first_name, NEW.last_name, NEW.colour, NEW.email_address, NEW.avatar
      FROM accounts WHERE account_id = NEW.account_id FOR SHARE;
    IF NOT FOUND THEN  -- it was deleted while this waited for it
        RAISE foreign_key_violation USING MESSAGE = 'there is no such account';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION accounts_copy_to_collaborators() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE collaborators
       SET first_name = NEW.first_name, last_name = NEW.last_name, colour = NEW.colour,
           email_address = NEW.email_address, avatar = NEW.avatar
     WHERE account_id = NEW.account_id;
    RETURN NULL;
END $$;
DROP TRIGGER accounts_copy_to_collaborators ON accounts;
CREATE TRIGGER accounts_copy_to_collaborators AFTER UPDATE ON accounts
    FOR EACH ROW WHEN ((OLD.first_name, OLD.last_name, OLD.colour, OLD.email_address, OLD.avatar)
                       IS DISTINCT FROM (NEW.first_name, NEW.last_name, NEW.colour, NEW.email_address, NEW.avatar))
    EXECUTE FUNCTION accounts_copy_to_collaborators();
