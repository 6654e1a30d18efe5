-- limits_of: After how many minutes an owner lets a project stop; null where the site decides.
SELECT idle_minutes FROM projects WHERE project_id = $1;

-- running_here: What this hub runs.
SELECT project_id, hub_id, epoch, endpoint FROM project_runtime WHERE hub_id = $1 AND endpoint IS NOT NULL;

-- warn: All who see the project see when it will stop, if it still runs, and by this claim.
UPDATE projects p SET state = p.state || jsonb_build_object('stops_at', now() + make_interval(secs => $3::float8))
  FROM project_runtime r
 WHERE p.project_id = $1 AND r.project_id = $1 AND r.epoch = $2 AND p.state ->> 'status' = 'running';

-- calm: It was used after all.
UPDATE projects p SET state = p.state - 'stops_at'
  FROM project_runtime r
 WHERE p.project_id = $1 AND r.project_id = $1 AND r.epoch = $2 AND p.state ->> 'status' = 'running';
