-- role_in_project: The role of an account in a project.
SELECT role FROM collaborators WHERE project_id = $1 AND account_id = $2;

-- is_in_project: Whether an account is in a project.
SELECT EXISTS (SELECT FROM collaborators WHERE project_id = $1 AND account_id = $2);

-- lock_project: Make writes to the rows of one project wait for each other.
SELECT FROM projects WHERE project_id = $1 FOR NO KEY UPDATE;

-- can_be_copied: Whether there is such a project, not deleted.
SELECT EXISTS (SELECT FROM projects WHERE project_id = $1 AND deleted_at IS NULL);

-- projects_of: The projects that an account is in.
SELECT project_id FROM collaborators WHERE account_id = $1;

-- add_owner: The creator of a project is its first owner.
INSERT INTO collaborators (project_id, account_id, role, added_by) VALUES ($1, $2, 'owner', $2);

-- account_by_email: The account with this canonical address.
SELECT account_id FROM accounts WHERE email_key = $1;

-- account_exists: Whether there is such an account.
SELECT EXISTS (SELECT FROM accounts WHERE account_id = $1);

-- other_owners: How many owners a project has beside one account.
SELECT count(*) FROM collaborators WHERE project_id = $1 AND account_id <> $2 AND role = 'owner';

-- projects_made_by: How many projects an account has made, in all and within the last hour.
SELECT count(*) AS made, count(*) FILTER (WHERE created_at > now() - interval '1 hour') AS in_an_hour
  FROM projects WHERE created_by = $1;

-- administrator_by_grant: Whether an account administers the site; no row when its session or token has ended.
SELECT administrator FROM accounts
 WHERE account_id = $1 AND NOT disabled
   AND (EXISTS (SELECT FROM sessions WHERE session_id = $2 AND expires_at > now())
        OR EXISTS (SELECT FROM api_tokens WHERE token_id = $2 AND (expires_at IS NULL OR expires_at > now())));

-- delete_avatar: The picture of an account is shown no more.
DELETE FROM avatars WHERE account_id = $1;
