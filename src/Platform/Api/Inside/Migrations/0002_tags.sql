-- The version that the first answer told, so that its repeat tells it too.
ALTER TABLE api.first_answers ADD COLUMN etag text;
