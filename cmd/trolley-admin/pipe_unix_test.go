//go:build unix

package main

import (
	"os"
	"os/exec"
	"testing"
)

// Where the reader of the output has left, as head does, a command goes on to its end.
func TestAReaderThatLeavesEndsNoCommand(t *testing.T) {
	t.Parallel()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	reader.Close()
	defer writer.Close()
	backup := t.TempDir() + "/backup.db"
	command := exec.CommandContext(t.Context(), os.Args[0], "-db", usedShop(t), "backup", backup)
	command.Env = append(os.Environ(), runMain+"=1")
	command.Stdout, command.Stderr = writer, writer
	if err := command.Run(); err != nil {
		t.Errorf("a backup whose reader has left: %v", err)
	}
	if _, err := os.Stat(backup); err != nil {
		t.Error(err)
	}
}
