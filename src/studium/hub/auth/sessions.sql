-- find_session: The account behind a session's token; nothing when the session has ended or the account is disabled.
SELECT s.session_id, s.last_seen_at < now() - interval '1 hour' AS stale, 'full' AS scope,
       a.account_id, a.first_name, a.last_name, a.email_address, a.administrator, a.colour, a.avatar
  FROM sessions s JOIN accounts a USING (account_id)
 WHERE s.token_hash = $1 AND s.expires_at > now() AND NOT a.disabled;

-- find_api_token: The account behind an API token; nothing when it has ended or the account is disabled.
SELECT t.token_id, coalesce(t.last_used_at < now() - interval '1 hour', true) AS stale, t.scope,
       a.account_id, a.first_name, a.last_name, a.email_address, a.administrator, a.colour, a.avatar
  FROM api_tokens t JOIN accounts a USING (account_id)
 WHERE t.token_hash = $1 AND (t.expires_at IS NULL OR t.expires_at > now()) AND NOT a.disabled;

-- touch_session: A session that is used goes on for another 30 days.
UPDATE sessions SET last_seen_at = now(), expires_at = now() + interval '30 days' WHERE token_hash = $1;

-- touch_api_token: When a token was last used, to the hour.
UPDATE api_tokens SET last_used_at = now() WHERE token_hash = $1;

-- touch_account: When an account was last active, to the hour.
UPDATE accounts SET last_active_at = now() WHERE account_id = $1;

-- create_session: A session of 30 days; who signs in is active.
WITH active AS (UPDATE accounts SET last_active_at = now() WHERE account_id = $2)
INSERT INTO sessions (token_hash, account_id, expires_at, user_agent)
VALUES ($1, $2, now() + interval '30 days', $3) RETURNING session_id;

-- delete_session: Sign out.
DELETE FROM sessions WHERE session_id = $1;

-- change_password: A new password, unless it was changed since it was looked at; other sessions and all tokens end.
WITH changed AS (UPDATE accounts SET password_hash = $2 WHERE account_id = $1 AND password_hash = $4
                 RETURNING account_id),
     others AS (DELETE FROM sessions s USING changed c WHERE s.account_id = c.account_id AND s.session_id <> $3),
     tokens AS (DELETE FROM api_tokens t USING changed c WHERE t.account_id = c.account_id)
SELECT EXISTS (SELECT FROM changed);

-- delete_expired: Sessions, links and tokens whose time is over; every hub hears of it and closes their sockets.
WITH links AS (DELETE FROM invitations WHERE expires_at < now() - interval '90 days'),
     tokens AS (DELETE FROM api_tokens WHERE expires_at <= now())
DELETE FROM sessions WHERE expires_at < now();

-- next_token_end: In how many seconds the next API token ends.
SELECT extract(epoch FROM min(expires_at) - now()) FROM api_tokens;

-- find_credentials: What a sign-in is checked against.
SELECT account_id, password_hash FROM accounts WHERE email_key = $1 AND NOT disabled;

-- find_own_credentials: What a change of one's own password or address is checked against.
SELECT email_key, password_hash FROM accounts WHERE account_id = $1 AND NOT disabled;

-- find_account: The account as its owner sees it.
SELECT account_id, first_name, last_name, email_address, administrator, colour, avatar FROM accounts WHERE account_id = $1;
