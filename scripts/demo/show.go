package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"portolan/internal/catalog"
	"portolan/internal/report"
	"portolan/internal/report/page"
)

// shown is what the page of the catalog shows.
type shown struct {
	catalog *catalog.Catalog
	about   catalog.About
}

// open serves the page of the catalog until the context ends.
func (s *stage) open(ctx context.Context) (url string, err error) {
	l, url, err := catalog.Listen(0)
	if err != nil {
		return "", err
	}
	site := catalog.Page(func() (*catalog.Catalog, catalog.About) {
		now := s.shown.Load()
		return now.catalog, now.about
	})
	go func() {
		if err := catalog.Serve(ctx, l, site); err != nil {
			fmt.Fprintln(os.Stderr, "the page of the catalog has ended:", err)
		}
	}()
	return url, nil
}

// show brings what Port holds to the page, with the report of the run; nil leaves the report before it.
func (s *stage) show(r *report.Report) error {
	now := shown{about: s.shown.Load().about}
	if r != nil {
		now.about.Report = func(w io.Writer) error { return page.Write(w, r) }
	}
	now.about.Notes = []string{"What the simulated Port holds after the latest run of the demo."}
	var own []string
	var blueprints []json.RawMessage
	for _, name := range s.port.Blueprints() {
		if raw, there := s.port.Blueprint(name); there && !strings.HasPrefix(name, "_") {
			own, blueprints = append(own, name), append(blueprints, raw)
		}
	}
	var err error
	if now.catalog, err = catalog.New(blueprints); err != nil {
		return err
	}
	for _, name := range own {
		for _, e := range s.port.Entities(name) {
			body, err := json.Marshal(map[string]any{
				"identifier": e.Identifier, "title": e.Title, "properties": e.Properties, "relations": e.Relations,
			})
			if err != nil {
				return err
			}
			if _, _, err := now.catalog.Put(name, body, false); err != nil {
				return err
			}
		}
	}
	s.shown.Store(&now)
	return nil
}
