-- write_hub: What this hub says of itself; nothing when it is not known as living, which presence.py sees to.
UPDATE hubs
   SET seen_at = now(), version = $2, connections = $3, feeds = $4, sockets = $5, projects = $6, memory_bytes = $7,
       project_limits = $8
 WHERE hub_id = $1;

-- count_site: The numbers of the site, counted by the first hub that finds them older than $1 seconds.
INSERT INTO site_statistics
       (name, measured_at, accounts, active_in_day, active_in_week, projects, running, database_bytes)
SELECT 'site', now(), a.accounts, a.active_in_day, a.active_in_week,
       (SELECT count(*) FROM projects),
       (SELECT count(*) FROM project_runtime WHERE endpoint IS NOT NULL),
       pg_database_size(current_database())
  FROM (SELECT count(*) AS accounts,
               count(*) FILTER (WHERE last_active_at > now() - interval '1 day') AS active_in_day,
               count(*) FILTER (WHERE last_active_at > now() - interval '7 days') AS active_in_week
          FROM accounts) a
 WHERE NOT EXISTS (SELECT FROM site_statistics WHERE measured_at > now() - make_interval(secs => $1::float8))
ON CONFLICT (name) DO UPDATE
   SET measured_at = excluded.measured_at, accounts = excluded.accounts, active_in_day = excluded.active_in_day,
       active_in_week = excluded.active_in_week, projects = excluded.projects, running = excluded.running,
       database_bytes = excluded.database_bytes;

-- forget_dead: Hubs that ended without saying so: silent for long, and nobody holds their lock (presence.py).
DELETE FROM hubs
 WHERE seen_at < now() - interval '2 min' AND pg_try_advisory_xact_lock_shared(hashtextextended(hub_id::text, 5571));
