-- What an ETag is made of: it grows with every change by a member.
ALTER TABLE notices.alerts ADD COLUMN version bigint NOT NULL DEFAULT 1;
