package main

import (
	"bufio"
	"fmt"
	"net/http"
	"strings"
)

// groups is what Trolley's group commit has done: statements, and the commits,
// of one fsync each, that they shared.
type groups struct{ statements, commits float64 }

func (g groups) minus(before groups) groups {
	return groups{g.statements - before.statements, g.commits - before.commits}
}

// groups reads the server's metrics; nothing where it has no ops listener.
func (s *server) groups() (g groups, err error) {
	if s.ops == "" {
		return g, nil
	}
	resp, err := http.Get("http://" + s.ops + "/metrics")
	if err != nil {
		return g, err
	}
	defer resp.Body.Close()
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), " ")
		switch name {
		case "trolley_group_size_statements_sum":
			_, err = fmt.Sscan(value, &g.statements)
		case "trolley_group_size_statements_count":
			_, err = fmt.Sscan(value, &g.commits)
		}
		if err != nil {
			return g, fmt.Errorf("metrics: %s: %w", lines.Text(), err)
		}
	}
	return g, nil
}

// sharing says how many statements shared a commit, and how many fsyncs an add
// cost: scs with FULL needs one for each, checkpoints not counted.
func (m measured) sharing() (size, fsyncs string) {
	if m.groups.commits == 0 || m.adds == 0 {
		return "", ""
	}
	return fmt.Sprintf("%.1f", m.groups.statements/m.groups.commits), fmt.Sprintf("%.2f", m.groups.commits/m.adds)
}
