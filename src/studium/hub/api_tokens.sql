-- lock_account: One at a time makes a token for an account, so that they can be counted.
SELECT FROM accounts WHERE account_id = $1 FOR NO KEY UPDATE;

-- count: How many tokens an account has.
SELECT count(*) FROM api_tokens WHERE account_id = $1;

-- create: A token of this account that ends after so many days; null for one that does not end.
INSERT INTO api_tokens (token_hash, account_id, name, scope, expires_at)
VALUES ($1, $2, $3, $4, now() + make_interval(days => $5)) RETURNING token_id;
