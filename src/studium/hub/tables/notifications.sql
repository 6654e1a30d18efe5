-- notify: Tell somebody of a thing; a thing told before is told anew. Nothing from projects that they muted.
INSERT INTO notifications (account_id, notification_id, project_id, kind, by_account_id, detail)
SELECT $1, gen_random_uuid(), p.project_id, $3, $4::uuid, $5::jsonb || jsonb_build_object(
           'title', p.title,
           'name', (SELECT trim(first_name || ' ' || last_name) FROM accounts WHERE account_id = $4))
  FROM projects p JOIN collaborators c ON c.project_id = p.project_id AND c.account_id = $1
 WHERE p.project_id = $2 AND NOT c.muted
ON CONFLICT (account_id, project_id, kind, path) DO UPDATE
   SET by_account_id = EXCLUDED.by_account_id, detail = EXCLUDED.detail, happened_at = now(), read_at = NULL;

-- notify_of_edit: Tell those of an edit who have read the file and not since. Who has not read the last one is not told again, unless by another name.
INSERT INTO notifications (account_id, notification_id, project_id, kind, path, by_account_id, detail, happened_at)
SELECT c.account_id, gen_random_uuid(), p.project_id, $6, f.path, $3::uuid, jsonb_build_object(
           'title', p.title,
           'name', (SELECT trim(first_name || ' ' || last_name) FROM accounts WHERE account_id = $3)),
       to_timestamp($4::float8)
  FROM file_use f JOIN projects p USING (project_id) JOIN collaborators c USING (project_id)
 WHERE f.project_id = $1 AND f.path = $2 AND c.account_id <> $3 AND NOT c.muted
   AND (f.users #>> ARRAY[c.account_id::text, 'read'])::timestamptz < to_timestamp($5::float8)
ON CONFLICT (account_id, project_id, kind, path) DO UPDATE
   SET by_account_id = EXCLUDED.by_account_id, detail = EXCLUDED.detail, happened_at = EXCLUDED.happened_at,
       read_at = NULL
 WHERE notifications.read_at < EXCLUDED.happened_at
    OR (notifications.read_at IS NULL AND notifications.by_account_id IS DISTINCT FROM EXCLUDED.by_account_id)
RETURNING account_id;

-- tell_notice: Tell somebody what their program says. What was written before is not told again.
INSERT INTO notifications (account_id, notification_id, project_id, kind, path, detail, happened_at)
SELECT $1, gen_random_uuid(), p.project_id, $4, $3, jsonb_build_object('title', p.title, 'text', $5::text),
       to_timestamp($6::float8)
  FROM projects p JOIN collaborators c ON c.project_id = p.project_id AND c.account_id = $1
 WHERE p.project_id = $2 AND NOT c.muted
ON CONFLICT (account_id, project_id, kind, path) DO UPDATE
   SET detail = EXCLUDED.detail, happened_at = EXCLUDED.happened_at, read_at = NULL
 WHERE notifications.happened_at < EXCLUDED.happened_at;

-- keep_newest: Delete what accounts have beyond the newest so many.
DELETE FROM notifications n USING unnest($1::uuid[]) AS told (account_id)
 WHERE n.account_id = told.account_id AND n.happened_at < (
     SELECT happened_at FROM notifications o WHERE o.account_id = told.account_id
      ORDER BY happened_at DESC OFFSET $2 - 1 LIMIT 1);

-- mark_file_read: What was told of a file up to a time is read.
UPDATE notifications SET read_at = now()
 WHERE account_id = $1 AND project_id = $2 AND path = $3 AND read_at IS NULL AND happened_at <= $4::text::timestamptz;

-- mark_project_read: What was told of a project is read.
UPDATE notifications SET read_at = now() WHERE account_id = $1 AND project_id = $2 AND read_at IS NULL;
