-- due: Projects that were deleted longer ago than they are kept, and a little more, so that nobody is just restoring one.
SELECT project_id FROM projects WHERE deleted_at < now() - interval '30 days 1 hour' ORDER BY deleted_at LIMIT 100;

-- forget: The project is gone for ever, and all that refers to it.
DELETE FROM projects WHERE project_id = $1 AND deleted_at < now() - interval '30 days 1 hour';
