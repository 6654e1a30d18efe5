-- account: The account itself, without its password.
SELECT account_id, email_address, first_name, last_name, colour, administrator, created_at, last_active_at
  FROM accounts WHERE account_id = $1;

-- settings: What the person likes.
SELECT settings FROM accounts WHERE account_id = $1;

-- picture: The picture, if there is one.
SELECT content_type, content FROM avatars WHERE account_id = $1;

-- sessions: Where the person is signed in, without what opens it: some after one of these ids.
SELECT session_id, created_at, last_seen_at, expires_at, user_agent FROM sessions
 WHERE account_id = $1 AND session_id > $2 AND expires_at > now() ORDER BY session_id LIMIT $3;

-- api_tokens: API tokens without their secrets, some after one of these ids.
SELECT token_id, name, scope, created_at, expires_at, last_used_at FROM api_tokens
 WHERE account_id = $1 AND token_id > $2 ORDER BY token_id LIMIT $3;

-- projects: The projects that the person is in, as what, and their marks on them: some after one of these ids.
SELECT project_id, p.title, p.description, c.role, c.added_at, c.starred, c.hidden, p.created_at, p.last_edited_at,
       p.created_by IS NOT DISTINCT FROM c.account_id AS created_by_me
  FROM collaborators c JOIN projects p USING (project_id)
 WHERE c.account_id = $1 AND project_id > $2 ORDER BY project_id LIMIT $3;
