-- server: The mail server that administrators set in the page.
SELECT host, port, security, user_name, password, sender_address, sender_name FROM mail_server;

-- set_server: One mail server for all.
INSERT INTO mail_server (host, port, security, user_name, password, sender_address, sender_name)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (only_one) DO UPDATE
   SET host = $1, port = $2, security = $3, user_name = $4, password = $5, sender_address = $6, sender_name = $7,
       changed_at = now();

-- remove_server: No mail any more.
DELETE FROM mail_server;

-- try_now: What waits between two tries is due; what a hub sends at this moment is not touched.
UPDATE outgoing_mail SET due_at = now() WHERE state = 'waiting' AND unfinished = 0 AND due_at > now();

-- lock_address: Messages to one address are counted one after another.
SELECT pg_advisory_xact_lock(hashtextextended($1, 5572));

-- count_address: Messages to an address within an hour and a day.
SELECT count(*) FILTER (WHERE created_at > now() - interval '1 hour') AS an_hour, count(*) AS a_day
  FROM outgoing_mail WHERE address_key = $1 AND created_at > now() - interval '1 day';

-- count_account: Messages that an account has caused within a day.
SELECT count(*) FROM outgoing_mail WHERE account_id = $1 AND created_at > now() - interval '1 day';

-- count_waiting: Messages that wait, counted no further than the limit.
SELECT count(*) FROM (SELECT FROM outgoing_mail WHERE state = 'waiting' LIMIT $1) AS waiting;

-- add: A message into the queue.
INSERT INTO outgoing_mail (to_address, address_key, account_id, subject, body, html, give_up_at)
VALUES ($1, $2, $3, $4, $5, $6, now() + $7::interval) RETURNING mail_id;

-- claim: The message that was due first, for the time of one try: nobody else takes it before the lease is over.
UPDATE outgoing_mail SET tries = tries + 1, unfinished = unfinished + 1, due_at = now() + interval '3 minutes'
 WHERE mail_id = (SELECT mail_id FROM outgoing_mail WHERE state = 'waiting' AND due_at <= now()
                   ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING mail_id, to_address, subject, body, html, tries, unfinished, created_at;

-- sent: The mail server has it; what it said is not kept.
UPDATE outgoing_mail SET state = 'sent', unfinished = 0, reason = '', body = '', html = NULL, finished_at = now()
 WHERE mail_id = $1 AND tries = $2 AND state = 'waiting';

-- try_later: It went wrong; again after a while, but not after its time.
UPDATE outgoing_mail SET unfinished = 0, reason = $3, due_at = least(now() + $4::interval, give_up_at)
 WHERE mail_id = $1 AND tries = $2 AND state = 'waiting';

-- failed: It went wrong for good.
UPDATE outgoing_mail SET state = 'failed', unfinished = 0, reason = $3, body = '', html = NULL, finished_at = now()
 WHERE mail_id = $1 AND tries = $2 AND state = 'waiting';

-- give_up: Messages whose time is over, but for those that a hub sends at this moment.
UPDATE outgoing_mail
   SET state = 'failed', body = '', html = NULL, finished_at = now(),
       reason = coalesce(nullif(reason, ''), 'It was not tried in time: no mail server was set up, or too many messages waited.')
 WHERE state = 'waiting' AND give_up_at <= now() AND (due_at <= now() OR unfinished = 0);

-- next: Seconds until a message is due, or until one is given up where there is no mail server.
SELECT extract(epoch FROM min(CASE WHEN $1::boolean THEN due_at ELSE give_up_at END) - now())::float8
  FROM outgoing_mail WHERE state = 'waiting';

-- delete_old: Links whose time is over, and what became of messages a week ago.
WITH links AS (DELETE FROM account_links WHERE expires_at < now())
DELETE FROM outgoing_mail WHERE state <> 'waiting' AND finished_at < now() - interval '7 days';
