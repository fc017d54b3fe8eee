package groupcommit

import "testing"

func TestClassify(t *testing.T) {
	t.Parallel()
	tests := map[string]class{
		"":                                    classAlone,
		";":                                   classAlone,
		"-- only a comment":                   classAlone,
		"/* open":                             classAlone,
		"INSERT INTO t VALUES (1)":            classWrite,
		"\n\t insert\ninto t values (1) ; \n": classWrite,
		"-- why\n/* how */ Update t SET a=1":  classWrite,
		"REPLACE INTO t VALUES (1)":           classWrite,
		"DELETE FROM t":                       classWrite,
		"WITH x AS (SELECT 1) SELECT 1":       classWrite,
		"SELECT 1":                            classRead,
		"VALUES(1)":                           classRead,
		"SELECTED":                            classAlone,
		"INSERT INTO t VALUES (';')":          classAlone, // taken for a script: correct, if slower
		"INSERT INTO t VALUES (1); COMMIT":    classAlone,
		"SELECT 1 -- ; COMMIT":                classAlone,
		"-- x\r\nBEGIN":                       classControl,
		"end":                                 classControl,
		"EXPLAIN SELECT 1":                    classAlone,
		"PRAGMA user_version":                 classAlone,
		"VACUUM":                              classAlone,
		"CREATE TABLE t (a)":                  classAlone,
		"\ufeffCOMMIT":                        classAlone,
	}
	for query, want := range tests {
		if got := classify(query); got != want {
			t.Errorf("classify(%q) = %d, want %d", query, got, want)
		}
	}
}
