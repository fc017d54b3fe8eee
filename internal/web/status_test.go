package web

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestStatusIsTheFirstFinalOne(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		answer func(*statusRecorder)
		want   int
	}{
		"hints first":  {func(w *statusRecorder) { w.WriteHeader(http.StatusEarlyHints); w.WriteHeader(http.StatusNotFound) }, 404},
		"twice":        {func(w *statusRecorder) { w.WriteHeader(http.StatusNotFound); w.WriteHeader(http.StatusOK) }, 404},
		"none":         {func(w *statusRecorder) { _, _ = w.Write(nil) }, 200},
		"a body first": {func(w *statusRecorder) { _, _ = w.Write([]byte("x")); w.WriteHeader(http.StatusNotFound) }, 200},
	} {
		w := &statusRecorder{ResponseWriter: httptest.NewRecorder()}
		tt.answer(w)
		if w.status != tt.want || w.Unwrap() != w.ResponseWriter {
			t.Errorf("%s: status %d, want %d", name, w.status, tt.want)
		}
	}
}
