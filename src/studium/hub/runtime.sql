-- find: Where a project runs.
SELECT hub_id, epoch, endpoint, secret FROM project_runtime
 WHERE project_id = $1 AND endpoint IS NOT NULL AND secret IS NOT NULL;

-- create: The runtime row of a project, with its own numeric user.
INSERT INTO project_runtime (project_id)
SELECT project_id FROM projects
 WHERE project_id = $1 AND NOT EXISTS (SELECT FROM project_runtime WHERE project_id = $1)
ON CONFLICT DO NOTHING;

-- lock: The row and what a start needs to know, for the length of a transaction; held says that traffic must not start it.
SELECT r.hub_id, r.epoch, r.endpoint, r.secret, r.uid_number, p.created_by, p.state, p.action_request,
       p.copied_from, p.deleted_at IS NOT NULL AS deleted,
       -- A stop with a message is one for idleness: pages that are only open must have heard of it before they try again.
       r.kept_stopped
           OR ((p.state ->> 'status' = 'failed' OR (p.state ->> 'status' = 'stopped' AND p.state ? 'message'))
               AND (p.state ->> 'at')::timestamptz > now() - interval '10 s') AS held
  FROM project_runtime r JOIN projects p USING (project_id)
 WHERE r.project_id = $1 FOR UPDATE OF r;

-- claim: This hub runs the project from now on; writes of earlier epochs are void.
UPDATE project_runtime
   SET hub_id = $2, epoch = epoch + 1, endpoint = $3, secret = $4,
       started_at = CASE WHEN $3::text IS NULL THEN NULL ELSE started_at END
 WHERE project_id = $1 RETURNING epoch;

-- publish: The project answers at this endpoint.
UPDATE project_runtime SET endpoint = $3, started_at = now() WHERE project_id = $1 AND epoch = $2 RETURNING true;

-- withdraw: The project no longer answers; its hub still holds it.
UPDATE project_runtime SET endpoint = NULL WHERE project_id = $1 AND epoch = $2;

-- release: Nobody runs the project.
UPDATE project_runtime SET hub_id = NULL, endpoint = NULL, secret = NULL, started_at = NULL
 WHERE project_id = $1 AND epoch = $2;

-- set_state: What people see of it, unless another hub has taken it over; the status before.
UPDATE projects SET state = $3::jsonb || jsonb_build_object('at', now())
  FROM (SELECT state ->> 'status' AS status FROM projects WHERE project_id = $1 FOR NO KEY UPDATE) before
 WHERE project_id = $1 AND EXISTS (SELECT FROM project_runtime WHERE project_id = $1 AND epoch = $2)
RETURNING before.status;

-- take_request: The first to take a request acts on it.
UPDATE projects SET action_request = NULL WHERE project_id = $1 AND action_request = $2 RETURNING true;

-- keep_stopped: Whether a person wants the project to stay stopped.
UPDATE project_runtime SET kept_stopped = $2 WHERE project_id = $1;

-- running_of: How many projects that an account made are running or starting.
SELECT count(*) FROM project_runtime JOIN projects USING (project_id) WHERE hub_id IS NOT NULL AND created_by = $1;

-- requested: Projects with a request that nobody has taken.
SELECT project_id FROM projects WHERE action_request IS NOT NULL;

-- held: All projects that some hub holds.
SELECT project_id, hub_id FROM project_runtime WHERE hub_id IS NOT NULL;
