// Package migrations holds the SQL that makes and changes the tables, one
// numbered file a step; a pair of files where the dialects differ. A file that
// was released is never edited: CHECKSUMS says what each of them was.
package migrations

import "embed"

// Files are the migrations: NNNN_what.sql for both dialects, or the pair
// NNNN_what.sqlite.sql and NNNN_what.postgres.sql.
//
//go:embed *.sql
var Files embed.FS
