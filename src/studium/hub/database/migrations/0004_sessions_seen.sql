-- People see their own sessions live: what every hub hears of one names its account, also when it ends. No hash travels.
CREATE UNIQUE INDEX sessions_of_account ON sessions (account_id, session_id);
DROP INDEX sessions_account;
ALTER PUBLICATION studium DROP TABLE sessions;
ALTER TABLE sessions REPLICA IDENTITY USING INDEX sessions_of_account;
ALTER PUBLICATION studium
    ADD TABLE sessions (session_id, account_id, created_at, expires_at, last_seen_at, user_agent);
