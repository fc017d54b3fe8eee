package account_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"trolley/internal/account"
	"trolley/internal/store"
	"trolley/session"
)

// inSession opens a shop's database, and runs f in a session that is new.
func inSession(t *testing.T, f func(context.Context, *account.Accounts) error) {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "shop.db"), log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	sessions, err := session.New(s.Write(), session.Options{Reader: s.Read(), Log: log})
	if err != nil {
		t.Fatal(err)
	}
	accounts := account.New(s, nil, log)
	sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := f(r.Context(), accounts); err != nil {
			t.Error(err)
		}
		w.WriteHeader(http.StatusInternalServerError) // the session stays as it was
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", nil))
}

// A sign-in fails if its password is changed after the check.
func TestASignInDoesNotOvertakeANewPassword(t *testing.T) {
	t.Parallel()
	inSession(t, func(ctx context.Context, accounts *account.Accounts) error {
		const email, first, second = "ada@example.com", "a sieve, two mugs", "three mugs, no sieve"
		made, err := accounts.NewAccount(ctx, email, first)
		if err != nil {
			return err
		}
		arrival := account.Arrival{Browser: "a browser"}
		if err := errors.Join(accounts.Begin(ctx, made, false), accounts.SignIn(ctx, made, arrival)); err != nil {
			return err
		}
		found, err := accounts.ByEmail(ctx, email)
		if err != nil {
			return err
		}
		if ok, err := accounts.Verify(ctx, &found, first); !ok || err != nil {
			t.Errorf("the password: %v, %v", ok, err)
		}
		if _, err := accounts.ResetPassword(ctx, found, second); err != nil {
			return err
		}
		if err := accounts.SignIn(ctx, found, arrival); !errors.Is(err, session.ErrConflict) {
			t.Errorf("signed in with the password of before: %v", err)
		}
		return nil
	})
}
