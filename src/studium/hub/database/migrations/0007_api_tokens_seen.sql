-- Tokens have a scope, and people see their own live: what every hub hears of one names its account, also when it ends.
-- No hash travels.
ALTER TABLE api_tokens
    ADD COLUMN scope text NOT NULL DEFAULT 'full' CHECK (scope IN ('full', 'read_only'));
CREATE UNIQUE INDEX api_tokens_of_account ON api_tokens (account_id, token_id);
CREATE INDEX api_tokens_expiry ON api_tokens (expires_at);
DROP INDEX api_tokens_account;
ALTER PUBLICATION studium DROP TABLE api_tokens;
ALTER TABLE api_tokens REPLICA IDENTITY USING INDEX api_tokens_of_account;
ALTER PUBLICATION studium
    ADD TABLE api_tokens (token_id, account_id, name, scope, created_at, expires_at, last_used_at);
