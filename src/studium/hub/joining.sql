-- may_invite: What the account may do in a project, whether it is deleted, and how many invitations there are.
SELECT CASE WHEN a.administrator THEN 'owner' ELSE c.role END AS role, p.title, p.deleted_at IS NOT NULL AS deleted,
       (SELECT count(*) FROM project_invitations i WHERE i.project_id = p.project_id) AS invitations
  FROM projects p JOIN accounts a ON a.account_id = $2
       LEFT JOIN collaborators c ON c.project_id = p.project_id AND c.account_id = a.account_id
 WHERE p.project_id = $1 AND (c.role IS NOT NULL OR a.administrator);

-- lock_project: Uses of a project's invitations wait for each other.
SELECT FROM projects WHERE project_id = $1 FOR NO KEY UPDATE;

-- has_account: Whether somebody has this canonical address.
SELECT EXISTS (SELECT FROM accounts WHERE email_key = $1);

-- take_back_email: An address is invited once; asking again ends the earlier link.
DELETE FROM project_invitations WHERE project_id = $1 AND email_key = $2;

-- create: An invitation that ends after so many days, or never.
INSERT INTO project_invitations (project_id, token_hash, role, email_address, email_key, created_by, expires_at, most_uses)
VALUES ($1, $2, $3, $4, $5, $6, now() + make_interval(days => $7), $8) RETURNING invitation_id, expires_at;

-- find: What a link leads to, while it works.
SELECT i.project_id, i.role, i.expires_at, i.created_by, p.title, trim(a.first_name || ' ' || a.last_name) AS invited_by
  FROM project_invitations i JOIN projects p USING (project_id) LEFT JOIN accounts a ON a.account_id = i.created_by
 WHERE i.token_hash = $1 AND p.deleted_at IS NULL AND (i.expires_at IS NULL OR i.expires_at > now())
   AND (i.most_uses IS NULL OR i.uses < i.most_uses);

-- waiting: The invitations that an address has.
SELECT token_hash FROM project_invitations WHERE email_key = $1 AND (expires_at IS NULL OR expires_at > now());

-- role: What an account is in a project.
SELECT role FROM collaborators WHERE project_id = $1 AND account_id = $2;

-- join: The account comes in, or a viewer becomes a collaborator; added by whoever made the invitation.
INSERT INTO collaborators (project_id, account_id, role, added_by)
SELECT project_id, $2, role, created_by FROM project_invitations WHERE token_hash = $1
ON CONFLICT (project_id, account_id) DO UPDATE SET role = excluded.role;

-- count_use: One more has used it; that of the last one ends it.
WITH used AS (UPDATE project_invitations SET uses = uses + 1 WHERE token_hash = $1 AND uses + 1 < most_uses OR
                     token_hash = $1 AND most_uses IS NULL RETURNING true)
DELETE FROM project_invitations WHERE token_hash = $1 AND NOT EXISTS (SELECT FROM used);

-- delete_expired: Invitations whose time is over.
DELETE FROM project_invitations WHERE expires_at < now();
