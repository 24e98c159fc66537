CREATE SCHEMA jackfield;
CREATE FUNCTION jackfield.instances_counted() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN INSERT INTO jackfield.state_counts (flow, state, total) SELECT flow, state, sum(n) FROM (SELECT flow, state, 1 AS n FROM more) AS c GROUP BY flow, state HAVING sum(n) <> 0 ON CONFLICT (flow, state) DO UPDATE SET total = state_counts.total + excluded.total; RETURN NULL; END $$;
CREATE FUNCTION jackfield.instances_discounted() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN INSERT INTO jackfield.state_counts (flow, state, total) SELECT flow, state, sum(n) FROM (SELECT flow, state, -1 AS n FROM less) AS c GROUP BY flow, state HAVING sum(n) <> 0 ON CONFLICT (flow, state) DO UPDATE SET total = state_counts.total + excluded.total; RETURN NULL; END $$;
CREATE FUNCTION jackfield.instances_recounted() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN INSERT INTO jackfield.state_counts (flow, state, total) SELECT flow, state, sum(n) FROM (SELECT flow, state, 1 AS n FROM more UNION ALL SELECT flow, state, -1 AS n FROM less) AS c GROUP BY flow, state HAVING sum(n) <> 0 ON CONFLICT (flow, state) DO UPDATE SET total = state_counts.total + excluded.total; RETURN NULL; END $$;
CREATE TABLE jackfield.awaits (
    name text NOT NULL COLLATE pg_catalog."C",
    correlation text NOT NULL COLLATE pg_catalog."C",
    instance text NOT NULL COLLATE pg_catalog."C",
    token bigint NOT NULL
);
CREATE TABLE jackfield.dead_letters (
    id text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL COLLATE pg_catalog."C",
    instance text NOT NULL COLLATE pg_catalog."C",
    flow text NOT NULL COLLATE pg_catalog."C",
    node text NOT NULL COLLATE pg_catalog."C",
    step text NOT NULL COLLATE pg_catalog."C",
    effect_key text NOT NULL COLLATE pg_catalog."C",
    code text NOT NULL COLLATE pg_catalog."C",
    reason text NOT NULL COLLATE pg_catalog."C",
    token bigint NOT NULL,
    body bytea NOT NULL,
    created_ms bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    correlation text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE jackfield.definitions (
    hash text NOT NULL COLLATE pg_catalog."C",
    flow text NOT NULL COLLATE pg_catalog."C",
    version bigint NOT NULL,
    graph bytea NOT NULL,
    created_ms bigint NOT NULL
);
CREATE TABLE jackfield.events (
    name text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    correlation text NOT NULL COLLATE pg_catalog."C",
    body bytea NOT NULL,
    digest text NOT NULL COLLATE pg_catalog."C",
    received_ms bigint NOT NULL,
    expires_ms bigint NOT NULL,
    instance text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE jackfield.instances (
    id text NOT NULL COLLATE pg_catalog."C",
    flow text NOT NULL COLLATE pg_catalog."C",
    definition text NOT NULL COLLATE pg_catalog."C",
    state text NOT NULL COLLATE pg_catalog."C",
    order_key text NOT NULL COLLATE pg_catalog."C",
    idempotency_key text COLLATE pg_catalog."C",
    body_digest text NOT NULL COLLATE pg_catalog."C",
    created_ms bigint NOT NULL,
    updated_ms bigint NOT NULL,
    wake smallint NOT NULL,
    wake_at_ms bigint
);
CREATE TABLE jackfield.journal (
    instance text NOT NULL COLLATE pg_catalog."C",
    seq bigint NOT NULL,
    event bytea NOT NULL
);
CREATE TABLE jackfield.meta (
    name text NOT NULL COLLATE pg_catalog."C",
    value text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE jackfield.numbers (
    msisdn text NOT NULL COLLATE pg_catalog."C",
    instance text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE jackfield.state_counts (
    flow text NOT NULL COLLATE pg_catalog."C",
    state text NOT NULL COLLATE pg_catalog."C",
    total bigint NOT NULL
);
INSERT INTO jackfield.awaits VALUES ('choose', '01J000000000000000000000A1', '01J000000000000000000000A1', 2);
INSERT INTO jackfield.definitions VALUES ('d1', 'open-account', 1, '\x010002', 5);
INSERT INTO jackfield.instances VALUES ('01J000000000000000000000A0', 'open-account', 'd1', 'completed', '13800138000', 'k0', 'abc', 1732262400000, 1732262500000, 0, NULL);
INSERT INTO jackfield.instances VALUES ('01J000000000000000000000A1', 'open-account', 'd1', 'waiting', '13800138000', 'k1', 'abc', 1732262400001, 1732262500001, 3, NULL);
INSERT INTO jackfield.instances VALUES ('01J000000000000000000000A2', 'open-account', 'd1', 'running', '13800138000', 'k2', 'abc', 1732262400002, 1732262400002, 1, NULL);
INSERT INTO jackfield.journal VALUES ('01J000000000000000000000A0', 0, '\x82a17400a162c42800254a6f94b9de03284d7297bce1062b50759abfe4092e53789dc2e70c31567ba0c5ea0f34597ea3');
INSERT INTO jackfield.journal VALUES ('01J000000000000000000000A0', 1, '\x82a17401a162c40901264b7095badf0429');
INSERT INTO jackfield.journal VALUES ('01J000000000000000000000A0', 2, '\x82a17402a162c400');
INSERT INTO jackfield.journal VALUES ('01J000000000000000000000A0', 3, '\x82a17403a162c40903284d7297bce1062b');
INSERT INTO jackfield.journal VALUES ('01J000000000000000000000A0', 4, '\x82a17404a162c40904294e7398bde2072c');
INSERT INTO jackfield.journal VALUES ('01J000000000000000000000A0', 5, '\x82a17405a162c403052a4f');
INSERT INTO jackfield.journal VALUES ('01J000000000000000000000A1', 0, '\x82a17400a162c42800254a6f94b9de03284d7297bce1062b50759abfe4092e53789dc2e70c31567ba0c5ea0f34597ea3');
INSERT INTO jackfield.journal VALUES ('01J000000000000000000000A1', 1, '\x82a17401a162c40901264b7095badf0429');
INSERT INTO jackfield.journal VALUES ('01J000000000000000000000A1', 2, '\x82a17402a162c40902274c7196bbe0052a');
INSERT INTO jackfield.journal VALUES ('01J000000000000000000000A1', 3, '\x82a17403a162c40903284d7297bce1062b');
INSERT INTO jackfield.journal VALUES ('01J000000000000000000000A1', 4, '\x82a17404a162c40904294e7398bde2072c');
INSERT INTO jackfield.journal VALUES ('01J000000000000000000000A1', 5, '\x82a17405a162c403052a4f');
INSERT INTO jackfield.journal VALUES ('01J000000000000000000000A2', 0, '\x82a17400a162c42800254a6f94b9de03284d7297bce1062b50759abfe4092e53789dc2e70c31567ba0c5ea0f34597ea3');
INSERT INTO jackfield.journal VALUES ('01J000000000000000000000A2', 1, '\x82a17401a162c40901264b7095badf0429');
INSERT INTO jackfield.journal VALUES ('01J000000000000000000000A2', 2, '\x82a17402a162c40902274c7196bbe0052a');
INSERT INTO jackfield.journal VALUES ('01J000000000000000000000A2', 3, '\x82a17403a162c40903284d7297bce1062b');
INSERT INTO jackfield.journal VALUES ('01J000000000000000000000A2', 4, '\x82a17404a162c40904294e7398bde2072c');
INSERT INTO jackfield.journal VALUES ('01J000000000000000000000A2', 5, '\x82a17405a162c403052a4f');
INSERT INTO jackfield.meta VALUES ('schema_version', '1');
INSERT INTO jackfield.meta VALUES ('writer', '4171073679.18');
INSERT INTO jackfield.numbers VALUES ('13800138000', '01J000000000000000000000A0');
INSERT INTO jackfield.numbers VALUES ('13800138000', '01J000000000000000000000A1');
INSERT INTO jackfield.numbers VALUES ('13800138000', '01J000000000000000000000A2');
INSERT INTO jackfield.state_counts VALUES ('open-account', 'completed', 1);
INSERT INTO jackfield.state_counts VALUES ('open-account', 'waiting', 1);
INSERT INTO jackfield.state_counts VALUES ('open-account', 'running', 1);
ALTER TABLE ONLY jackfield.awaits
    ADD CONSTRAINT awaits_pkey PRIMARY KEY (name, correlation, instance, token);
ALTER TABLE ONLY jackfield.dead_letters
    ADD CONSTRAINT dead_letters_pkey PRIMARY KEY (id);
ALTER TABLE ONLY jackfield.definitions
    ADD CONSTRAINT definitions_flow_version_key UNIQUE (flow, version);
ALTER TABLE ONLY jackfield.definitions
    ADD CONSTRAINT definitions_pkey PRIMARY KEY (hash);
ALTER TABLE ONLY jackfield.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (name, id);
ALTER TABLE ONLY jackfield.instances
    ADD CONSTRAINT instances_pkey PRIMARY KEY (id);
ALTER TABLE ONLY jackfield.journal
    ADD CONSTRAINT journal_pkey PRIMARY KEY (instance, seq);
ALTER TABLE ONLY jackfield.meta
    ADD CONSTRAINT meta_pkey PRIMARY KEY (name);
ALTER TABLE ONLY jackfield.numbers
    ADD CONSTRAINT numbers_pkey PRIMARY KEY (msisdn, instance);
ALTER TABLE ONLY jackfield.state_counts
    ADD CONSTRAINT state_counts_pkey PRIMARY KEY (flow, state);
CREATE INDEX awaits_instance ON jackfield.awaits USING btree (instance);
CREATE INDEX events_early ON jackfield.events USING btree (name, correlation, received_ms) WHERE (instance = ''::text);
CREATE INDEX events_instance ON jackfield.events USING btree (instance, expires_ms);
CREATE INDEX instances_asleep ON jackfield.instances USING btree (updated_ms, id) WHERE (wake = 0);
CREATE INDEX instances_awake ON jackfield.instances USING btree (wake, id) WHERE (wake > 0);
CREATE INDEX instances_due ON jackfield.instances USING btree (wake_at_ms, id) WHERE (wake_at_ms IS NOT NULL);
CREATE INDEX instances_flow ON jackfield.instances USING btree (flow, id);
CREATE INDEX instances_flow_state ON jackfield.instances USING btree (flow, state, id);
CREATE UNIQUE INDEX instances_idempotency ON jackfield.instances USING btree (flow, idempotency_key) WHERE (idempotency_key IS NOT NULL);
CREATE INDEX instances_key ON jackfield.instances USING btree (order_key, id) WHERE (order_key <> ''::text);
CREATE INDEX instances_state ON jackfield.instances USING btree (state, id);
CREATE INDEX numbers_instance ON jackfield.numbers USING btree (instance);
CREATE TRIGGER counted AFTER INSERT ON jackfield.instances REFERENCING NEW TABLE AS more FOR EACH STATEMENT EXECUTE FUNCTION jackfield.instances_counted();
CREATE TRIGGER discounted AFTER DELETE ON jackfield.instances REFERENCING OLD TABLE AS less FOR EACH STATEMENT EXECUTE FUNCTION jackfield.instances_discounted();
CREATE TRIGGER recounted AFTER UPDATE ON jackfield.instances REFERENCING OLD TABLE AS less NEW TABLE AS more FOR EACH STATEMENT EXECUTE FUNCTION jackfield.instances_recounted();
