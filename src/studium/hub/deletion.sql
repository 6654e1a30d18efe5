-- lock_account: The account, and with it, if it administers the site, all who do: nobody stops administering meanwhile.
SELECT account_id, password_hash, administrator FROM accounts
 WHERE account_id = $1
    OR (administrator AND NOT disabled AND (SELECT administrator FROM accounts WHERE account_id = $1))
 ORDER BY account_id FOR UPDATE;

-- lock_projects: The projects that it is in: nobody comes, goes or changes their role meanwhile.
SELECT FROM projects
 WHERE project_id IN (SELECT project_id FROM collaborators WHERE account_id = $1)
 ORDER BY project_id FOR NO KEY UPDATE;

-- only_owner: Projects of which it is the only owner, and which others are in.
SELECT p.project_id, p.title
  FROM collaborators me JOIN projects p USING (project_id)
 WHERE me.account_id = $1 AND me.role = 'owner'
   AND EXISTS (SELECT FROM collaborators o WHERE o.project_id = p.project_id AND o.account_id <> $1)
   AND NOT EXISTS (SELECT FROM collaborators o
                    WHERE o.project_id = p.project_id AND o.account_id <> $1 AND o.role = 'owner')
 ORDER BY p.title, p.project_id LIMIT $2;

-- delete_own_projects: Projects that nobody else is in: they stop, and nothing is left of them after the next sweep.
UPDATE projects p
   SET deleted_at = now() - interval '31 days', action_request = jsonb_build_object('action', 'stop', 'at', now())
  FROM collaborators me
 WHERE me.project_id = p.project_id AND me.account_id = $1
   AND NOT EXISTS (SELECT FROM collaborators o WHERE o.project_id = p.project_id AND o.account_id <> $1);

-- delete_account: The account; its sessions, tokens, picture and memberships go with it.
DELETE FROM accounts WHERE account_id = $1;
