-- A project that a person stopped stays stopped until a person starts it; traffic alone does not.
ALTER TABLE project_runtime ADD COLUMN kept_stopped boolean NOT NULL DEFAULT false;

-- A hub that ends says so by deleting its row: the others go on with its projects.
ALTER PUBLICATION studium ADD TABLE hubs;
