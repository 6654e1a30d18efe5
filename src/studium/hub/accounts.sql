-- lock_accounts: One at a time may find that there is no account yet.
SELECT pg_advisory_xact_lock(4702111234474983745);

-- any_account: Is there an account?
SELECT EXISTS (SELECT FROM accounts);

-- create_account: A new account; raises a unique violation when the address is taken.
INSERT INTO accounts (email_address, email_key, first_name, last_name, password_hash, administrator)
VALUES ($1, $2, $3, $4, $5, $6) RETURNING account_id;

-- create_project: A project of this id.
INSERT INTO projects (project_id, title, description, created_by) VALUES ($1, $2, $3, $4);

-- create_owner: Its owner.
INSERT INTO collaborators (project_id, account_id, role, added_by) VALUES ($1, $2, 'owner', $2);

-- find_by_email: The account with this canonical address.
SELECT account_id FROM accounts WHERE email_key = $1;

-- set_password: A new password ends every session and token of the account.
WITH old_sessions AS (DELETE FROM sessions WHERE account_id = $1),
     old_tokens AS (DELETE FROM api_tokens WHERE account_id = $1)
UPDATE accounts SET password_hash = $2 WHERE account_id = $1;

-- clear_set_up_tokens: Only the newest link works.
DELETE FROM set_up_tokens;

-- create_set_up_token: The hash of the token in the set-up link.
INSERT INTO set_up_tokens (token_hash) VALUES ($1);

-- use_set_up_token: Deletes the token; no row when it was not there.
DELETE FROM set_up_tokens WHERE token_hash = $1 RETURNING true;

-- create_invitation: A link that works once within 14 days.
INSERT INTO invitations (token_hash, email_address, invited_by, expires_at)
VALUES ($1, $2, $3, now() + interval '14 days') RETURNING expires_at;

-- use_invitation: Marks the invitation used; no row when it was used, has ended, or is for another address.
UPDATE invitations SET used_at = now()
 WHERE token_hash = $1 AND used_at IS NULL AND expires_at > now() AND (email_address IS NULL OR email_address = $2)
RETURNING email_address;

-- set_invitation_account: Who used it.
UPDATE invitations SET used_by = $2 WHERE token_hash = $1;

-- site_settings: All settings of the site.
SELECT name, value FROM site_settings;

-- set_site_setting: One setting of the site.
INSERT INTO site_settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value;
