package groupcommit

import "testing"

func TestClassify(t *testing.T) {
	t.Parallel()
	tests := map[string]class{
		"":                                    classOutsideTx,
		";":                                   classOutsideTx,
		"-- only a comment":                   classOutsideTx,
		"/* open":                             classOutsideTx,
		"INSERT INTO t VALUES (1)":            classGrouped,
		"\n\t insert\ninto t values (1) ; \n": classGrouped,
		"-- why\n/* how */ Update t SET a=1":  classGrouped,
		"REPLACE INTO t VALUES (1)":           classGrouped,
		"DELETE FROM t":                       classGrouped,
		"WITH x AS (SELECT 1) SELECT 1":       classGrouped,
		"SELECT 1":                            classGrouped,
		"VALUES(1)":                           classGrouped,
		"SELECTED":                            classOutsideTx,
		"INSERT INTO t VALUES (';')":          classOutsideTx, // taken for a script: correct, if slower
		"INSERT INTO t VALUES (1); COMMIT":    classOutsideTx,
		"SELECT 1 -- ; COMMIT":                classOutsideTx,
		"-- x\r\nBEGIN":                       classControl,
		"end":                                 classControl,
		"EXPLAIN SELECT 1":                    classOutsideTx,
		"PRAGMA user_version":                 classOutsideTx,
		"VACUUM":                              classOutsideTx,
		"CREATE TABLE t (a)":                  classOutsideTx,
		"\ufeffCOMMIT":                        classOutsideTx,
	}
	for query, want := range tests {
		if got := classify(query); got != want {
			t.Errorf("classify(%q) = %d, want %d", query, got, want)
		}
	}
}
