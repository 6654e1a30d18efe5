-- log: An entry about people or a project, with the name of who did it.
INSERT INTO project_log (project_id, log_id, account_id, name, kind, event, detail)
VALUES ($1, $2, $3, (SELECT trim(first_name || ' ' || last_name) FROM accounts WHERE account_id = $3), $4, $5, $6);

-- name_of: What somebody is called.
SELECT trim(first_name || ' ' || last_name) FROM accounts WHERE account_id = $1;
