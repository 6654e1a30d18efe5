-- role: What an account may do in a project; an administrator who is not in it owns it too.
SELECT coalesce(
           (SELECT role FROM collaborators WHERE project_id = $1 AND account_id = $2),
           (SELECT 'owner' FROM projects JOIN accounts ON accounts.account_id = $2
             WHERE projects.project_id = $1 AND accounts.administrator AND NOT accounts.disabled)
       );
