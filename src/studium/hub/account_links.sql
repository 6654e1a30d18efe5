-- put: The link of this purpose; an older one ends.
INSERT INTO account_links (token_hash, account_id, purpose, email_address, email_key, mailed, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, now() + $7::interval)
ON CONFLICT (account_id, purpose) DO UPDATE
   SET token_hash = excluded.token_hash, email_address = excluded.email_address, email_key = excluded.email_key,
       mailed = excluded.mailed, expires_at = excluded.expires_at
RETURNING expires_at;

-- is_good: Whether a link would work now.
SELECT EXISTS (SELECT FROM account_links l JOIN accounts a USING (account_id)
                WHERE l.token_hash = $1 AND l.purpose = ANY($2::text[]) AND l.expires_at > now() AND NOT a.disabled);

-- take: Uses a link up; no row when it was used, has ended, or gave way to a newer one.
DELETE FROM account_links l USING accounts a
 WHERE l.token_hash = $1 AND l.purpose = ANY($2::text[]) AND l.expires_at > now()
   AND a.account_id = l.account_id AND NOT a.disabled
RETURNING l.account_id, l.purpose, l.email_address, l.email_key, l.mailed;

-- end: No link of this purpose any more.
DELETE FROM account_links WHERE account_id = $1 AND purpose = $2;

-- account_by_key: Whom a message about a forgotten password goes to: the address as its owner wrote it.
SELECT account_id, email_address, email_key FROM accounts WHERE email_key = $1 AND NOT disabled;

-- account_address: The address of an account, and whether it is confirmed.
SELECT email_address, email_key, confirmed_at IS NOT NULL AS confirmed FROM accounts WHERE account_id = $1;

-- confirm: The address is one that its owner reads, if it is still that one.
UPDATE accounts SET confirmed_at = now() WHERE account_id = $1 AND email_key = $2 RETURNING email_address;

-- change_address: Another address to sign in with.
UPDATE accounts
   SET email_address = $2, email_key = $3,
       confirmed_at = CASE WHEN $4::boolean THEN now() WHEN email_key = $3 THEN confirmed_at END
 WHERE account_id = $1;
