-- role: What an account may do in a project: read it, once it is archived; an administrator who is not in it owns it too.
SELECT CASE WHEN p.archived THEN 'viewer' ELSE coalesce(c.role, 'owner') END
  FROM projects p LEFT JOIN collaborators c ON c.project_id = p.project_id AND c.account_id = $2
 WHERE p.project_id = $1
   AND (c.role IS NOT NULL OR EXISTS (SELECT FROM accounts WHERE account_id = $2 AND administrator AND NOT disabled));

-- role_by_grant: The same, and nothing when the session or token by which the account came has ended.
SELECT CASE WHEN p.archived THEN 'viewer' ELSE coalesce(c.role, 'owner') END
  FROM accounts a JOIN projects p ON p.project_id = $1
       LEFT JOIN collaborators c ON c.project_id = p.project_id AND c.account_id = a.account_id
 WHERE a.account_id = $2 AND NOT a.disabled AND (c.role IS NOT NULL OR a.administrator)
   AND (EXISTS (SELECT FROM sessions WHERE session_id = $3 AND expires_at > now())
        OR EXISTS (SELECT FROM api_tokens WHERE token_id = $3 AND (expires_at IS NULL OR expires_at > now())));
