package web

import (
	"bytes"
	"encoding/json"
)

// ValueView is a value of the session.
type ValueView struct {
	Key, JSON string
	Own       bool // the visitor can remove it
}

// RowView is the session's row in the table. The token column, a hash, is cut:
// whoever can open the database does not need this page, and nobody else
// needs the hash.
type RowView struct {
	Token, Data, Expiry string
}

// Pretty returns JSON as people read it, and what is no JSON as it is.
func Pretty(data []byte) string {
	var b bytes.Buffer
	if json.Indent(&b, data, "", "  ") != nil {
		return string(data)
	}
	return b.String()
}
