-- role: What an account may do in a project; an administrator who is not in it owns it too.
SELECT coalesce(
           (SELECT role FROM collaborators WHERE project_id = $1 AND account_id = $2),
           (SELECT 'owner' FROM projects JOIN accounts ON accounts.account_id = $2
             WHERE projects.project_id = $1 AND accounts.administrator AND NOT accounts.disabled)
       );

-- role_by_grant: The same, and nothing when the session or token by which the account came has ended.
SELECT coalesce(
           (SELECT role FROM collaborators WHERE project_id = $1 AND account_id = $2),
           (SELECT 'owner' FROM projects JOIN accounts ON accounts.account_id = $2
             WHERE projects.project_id = $1 AND accounts.administrator)
       )
  FROM accounts
 WHERE account_id = $2 AND NOT disabled
   AND (EXISTS (SELECT FROM sessions WHERE session_id = $3 AND expires_at > now())
        OR EXISTS (SELECT FROM api_tokens WHERE token_id = $3 AND (expires_at IS NULL OR expires_at > now())));
