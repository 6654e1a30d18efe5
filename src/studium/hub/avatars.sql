-- put: The picture of an account.
INSERT INTO avatars (account_id, hash, content_type, content) VALUES ($1, $2, $3, $4)
ON CONFLICT (account_id) DO UPDATE
   SET hash = excluded.hash, content_type = excluded.content_type, content = excluded.content;

-- show: Everybody sees the picture with this hash from now on.
UPDATE accounts SET avatar = $2 WHERE account_id = $1;

-- get: The picture with this hash; nothing once there is another.
SELECT content_type, content FROM avatars WHERE account_id = $1 AND hash = $2;
