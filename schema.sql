-- Gatehouse's database, version 1 (`PRAGMA user_version`).
--
-- `_ms` columns are milliseconds since 1970-01-01 UTC; ids are Telegram's own, chats negative and
-- people positive. Names and titles are stored unescaped. No message text is ever stored.
-- Only what the gate must know after a restart is here; each index names the query it serves.

-- People who talk to the bot in private.
CREATE TABLE owners (
    user_id   INTEGER NOT NULL PRIMARY KEY, -- the person
    name      TEXT    NOT NULL,             -- first and last name
    language  TEXT,                         -- IETF tag of their app; NULL: not told
    first_ms  INTEGER NOT NULL,             -- when they first wrote
    seen_ms   INTEGER NOT NULL              -- when they last wrote
) STRICT;

-- Supergroups with an owner.
CREATE TABLE chats (
    chat_id    INTEGER NOT NULL PRIMARY KEY,               -- the supergroup
    title      TEXT    NOT NULL,                           -- as Telegram last told it
    owner_id   INTEGER NOT NULL,                           -- who set it up; maybe not in `owners`
    enabled    INTEGER NOT NULL CHECK (enabled IN (0, 1)), -- 1: the owner wants the gate to act
    lacking    TEXT    NOT NULL DEFAULT '[]'               -- rights the bot lacks here: JSON array
               CHECK (json_valid(lacking)),                -- of Bot API names
    created_ms INTEGER NOT NULL                            -- when it was first set up
) STRICT;

-- What an owner wishes for a supergroup; without a row, the defaults.
CREATE TABLE policies (
    chat_id         INTEGER NOT NULL PRIMARY KEY REFERENCES chats, -- the supergroup
    mode            TEXT    NOT NULL                               -- what happens to who is missing
                    CHECK (mode IN ('hold', 'soft', 'observe')),
    on_unknown      TEXT    NOT NULL                               -- while membership is unknown
                    CHECK (on_unknown IN ('admit', 'hold')),
    channel_senders TEXT    NOT NULL                               -- posts in a channel's name
                    CHECK (channel_senders IN ('allow', 'delete', 'ban')),
    prompt_minutes  INTEGER NOT NULL                               -- how long a prompt may stand;
                    CHECK (prompt_minutes BETWEEN 1 AND 2879),     -- under 48 h: later it stays
    language        TEXT                                           -- of what is said; NULL: theirs
) STRICT;

-- Channels that are, or once were, required somewhere.
CREATE TABLE channels (
    channel_id INTEGER NOT NULL PRIMARY KEY, -- the channel
    title      TEXT    NOT NULL,             -- as Telegram last told it
    link       TEXT    NOT NULL              -- where its join button leads
) STRICT;

-- Which channels a supergroup requires.
CREATE TABLE links (
    chat_id    INTEGER NOT NULL REFERENCES chats,    -- the supergroup
    channel_id INTEGER NOT NULL REFERENCES channels, -- must have been joined
    position   INTEGER NOT NULL,                     -- 1, 2, ... in the order they were linked
    linked_by  INTEGER NOT NULL,                     -- the person who linked it
    linked_ms  INTEGER NOT NULL,                     -- when
    PRIMARY KEY (chat_id, channel_id)
) STRICT, WITHOUT ROWID;

-- The known administrators of a supergroup, creator and bots included.
CREATE TABLE admins (
    chat_id INTEGER NOT NULL REFERENCES chats, -- the supergroup
    user_id INTEGER NOT NULL,                  -- the administrator
    PRIMARY KEY (chat_id, user_id)
) STRICT, WITHOUT ROWID;

-- What was last known of somebody in a channel, and who has been seen in a supergroup.
CREATE TABLE members (
    chat_id INTEGER NOT NULL,                            -- a required channel or a supergroup
    user_id INTEGER NOT NULL,                            -- the person
    joined  INTEGER NOT NULL CHECK (joined IN (0, 1)),   -- 1: in it; in supergroups "seen there"
    seen_ms INTEGER NOT NULL,                            -- when this was learnt
    PRIMARY KEY (chat_id, user_id)
) STRICT, WITHOUT ROWID;

-- The ledger: whom we hold. Nobody else's restriction is ever listed here.
CREATE TABLE holds (
    chat_id    INTEGER NOT NULL REFERENCES chats,             -- the supergroup
    user_id    INTEGER NOT NULL,                              -- the person held
    name       TEXT    NOT NULL,                              -- first and last name
    language   TEXT,                                          -- IETF tag of their app, if known
    thread_id  INTEGER NOT NULL,                              -- topic of their prompt; 0: none
    missing    TEXT    NOT NULL CHECK (json_valid(missing)),  -- channels not joined: JSON array of
                                                              -- ids; empty: could not be learnt
    restricted INTEGER NOT NULL CHECK (restricted IN (0, 1)), -- 1: we restricted them, so a lift
                                                              -- is owed; 0: only prompted
    since_ms   INTEGER NOT NULL,                              -- held since
    named_ms   INTEGER,                                       -- last named in a prompt; NULL: never
    PRIMARY KEY (chat_id, user_id)
) STRICT, WITHOUT ROWID;

-- Prompts name the newest held people of one topic, and count the others.
CREATE INDEX holds_by_topic ON holds (chat_id, thread_id, since_ms);

-- The prompt standing in a topic.
CREATE TABLE prompts (
    chat_id    INTEGER NOT NULL REFERENCES chats, -- the supergroup
    thread_id  INTEGER NOT NULL,                  -- the topic; 0: none
    message_id INTEGER NOT NULL,                  -- the message
    sent_ms    INTEGER NOT NULL,                  -- when it was sent (not edited)
    shown      INTEGER NOT NULL,                  -- 64-bit hash of what it shows, sign reinterpreted
    PRIMARY KEY (chat_id, thread_id)
) STRICT, WITHOUT ROWID;

-- What is still to be done at Telegram. Read whole at start; afterwards rows are reached by id.
CREATE TABLE outbox (
    id          INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, -- grows in commit order, never reused
    lane        INTEGER NOT NULL,                           -- urgency: 1 lift ... 8 cleanup
    chat_id     INTEGER NOT NULL,                           -- whose turn it takes
    user_id     INTEGER,                                    -- the person it is about, if one
    due_ms      INTEGER NOT NULL,                           -- not before
    attempt     INTEGER NOT NULL DEFAULT 0,                 -- how often it has been tried
    enqueued_ms INTEGER NOT NULL,                           -- when it was handed to the store
    action      TEXT    NOT NULL                            -- gate::action::Action as JSON
) STRICT;

-- Rows of the outbox that were given up, for operators to read.
CREATE TABLE buried (
    id          INTEGER NOT NULL PRIMARY KEY, -- the id it had in the outbox
    lane        INTEGER NOT NULL,             -- as in the outbox
    chat_id     INTEGER NOT NULL,             -- as in the outbox
    user_id     INTEGER,                      -- as in the outbox
    attempt     INTEGER NOT NULL,             -- how often it was tried
    enqueued_ms INTEGER NOT NULL,             -- as in the outbox
    action      TEXT    NOT NULL,             -- as in the outbox
    reason      TEXT    NOT NULL,             -- why it was given up, without secrets
    buried_ms   INTEGER NOT NULL              -- when it was given up
) STRICT;

-- What an owner has been told and need not be told again until the cause has gone.
CREATE TABLE notices (
    chat_id  INTEGER NOT NULL,                                   -- the chat it is about
    kind     TEXT    NOT NULL CHECK (length(kind) BETWEEN 1 AND 64), -- which notice
    since_ms INTEGER NOT NULL,                                   -- when it was given
    PRIMARY KEY (chat_id, kind)
) STRICT, WITHOUT ROWID;

-- Counters of one supergroup and one UTC day.
CREATE TABLE daily (
    chat_id  INTEGER NOT NULL REFERENCES chats, -- the supergroup
    day      INTEGER NOT NULL,                  -- days since 1970-01-01 UTC
    held     INTEGER NOT NULL DEFAULT 0,        -- people newly held
    admitted INTEGER NOT NULL DEFAULT 0,        -- held people let in
    PRIMARY KEY (chat_id, day)
) STRICT, WITHOUT ROWID;

-- The last update dealt with; every earlier one is, too. One row at most.
CREATE TABLE watermark (
    one       INTEGER NOT NULL PRIMARY KEY CHECK (one = 1), -- always 1
    update_id INTEGER NOT NULL,                             -- Telegram's update_id
    at_ms     INTEGER NOT NULL                              -- when it was dealt with
) STRICT;
