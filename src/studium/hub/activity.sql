-- author: The name of somebody who may have done something in a project: who is or was in it, or administers the site.
SELECT trim(a.first_name || ' ' || a.last_name)
  FROM accounts a JOIN projects p ON p.project_id = $1
 WHERE a.account_id = $2
   AND (a.administrator
        OR EXISTS (SELECT FROM collaborators c WHERE c.project_id = $1 AND c.account_id = $2)
        OR EXISTS (SELECT FROM project_log l WHERE l.project_id = $1 AND l.account_id = $2));

-- log_file: An entry about a file; one that goes on is brought up to date. Whoever reconnects has not opened a file anew.
INSERT INTO project_log (project_id, log_id, account_id, name, happened_at, kind, event, path, detail)
SELECT $1::uuid, $2::uuid, $3::uuid, $10::text, least(to_timestamp($4::float8), now()), $5::text, $6::text, $7::text, $8::jsonb
 WHERE ($6 <> 'file_opened' OR NOT EXISTS (
       SELECT FROM project_log l
        WHERE l.project_id = $1 AND l.log_id > $9 AND l.log_id <> $2 AND l.account_id = $3 AND l.event = $6
          AND l.path = $7))
ON CONFLICT (project_id, log_id) DO UPDATE SET detail = EXCLUDED.detail WHERE project_log.detail <> EXCLUDED.detail
RETURNING xmax = 0 AS new;

-- edited: The project was last edited then.
UPDATE projects SET last_edited_at = least(to_timestamp($2::float8), now())
 WHERE project_id = $1 AND last_edited_at < least(to_timestamp($2::float8), now());

-- make_way: Nobody has used what a renamed file now takes the place of.
DELETE FROM file_use WHERE project_id = $1 AND (path = $2 OR starts_with(path, $2 || '/'));

-- move_use: Who used a file, or those of a folder, used it under its new name. What becomes too long is left.
UPDATE file_use SET path = $3 || substr(path, length($2) + 1)
 WHERE project_id = $1 AND (path = $2 OR starts_with(path, $2 || '/'))
   AND octet_length($3) + octet_length(path) - octet_length($2) <= $4;

-- forget_told: What was told of a path is told no more: it was renamed or deleted.
DELETE FROM notifications WHERE project_id = $1 AND (path = $2 OR starts_with(path, $2 || '/'));

-- move_told: What was told of a file is told under its new name.
UPDATE notifications SET path = $3 || substr(path, length($2) + 1)
 WHERE project_id = $1 AND (path = $2 OR starts_with(path, $2 || '/'))
   AND octet_length($3) + octet_length(path) - octet_length($2) <= $4;

-- delete_old: Entries older than a year, a part of them.
DELETE FROM project_log WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM project_log WHERE happened_at < now() - interval '1 year' LIMIT $1));

-- delete_unused: Files that nobody has edited or read for a year, a part of them.
DELETE FROM file_use WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM file_use f
     WHERE NOT EXISTS (SELECT FROM jsonb_each(f.users) AS u (account_id, acts), jsonb_each_text(u.acts) AS t (act, at)
                        WHERE t.at::timestamptz > now() - interval '1 year')
     LIMIT $1));

-- delete_beyond: What a project has beyond the newest so many entries, a part of it.
DELETE FROM project_log WHERE project_id = $1 AND log_id = ANY(ARRAY(
    SELECT log_id FROM project_log WHERE project_id = $1 ORDER BY log_id DESC NULLS LAST OFFSET $2 LIMIT $3));
