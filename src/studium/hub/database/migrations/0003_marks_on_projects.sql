-- What somebody makes of a project for themselves. It goes when they leave the project.
ALTER TABLE collaborators
    ADD COLUMN starred boolean NOT NULL DEFAULT false,
    ADD COLUMN hidden boolean NOT NULL DEFAULT false;
