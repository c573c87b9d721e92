package connector

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"flink-sql-driver/submitter/internal/gateway"
	"flink-sql-driver/submitter/internal/sqltext"
)

// Session is what the check needs of a gateway's session.
type Session interface {
	Configure(ctx context.Context, statement string) error
	Execute(ctx context.Context, statement string, config map[string]string) (*gateway.Result, error)
}

// nobody is an identifier that no connector has: asked for it, Flink answers with
// those that it has.
const nobody = "submitter-doctor-asks"

// Missing returns the uses whose connector, format or catalog the session does not
// have, jars that were added to it included. The session gets temporary tables.
func Missing(ctx context.Context, s Session, uses []Use) ([]Use, error) {
	p := &probe{session: s, answers: map[Use]bool{}, lists: map[Kind][]string{}}
	var missing []Use
	for _, u := range uses {
		there, err := p.has(ctx, Use{Kind: u.Kind, Name: u.Name})
		if err != nil {
			return nil, fmt.Errorf("asking for the %s '%s': %w", u.Kind, u.Name, err)
		}
		if !there {
			missing = append(missing, u)
		}
	}
	return missing, nil
}

// probe asks one session, everything once.
type probe struct {
	session Session
	answers map[Use]bool
	lists   map[Kind][]string
	tables  int
}

func (p *probe) has(ctx context.Context, u Use) (bool, error) {
	if there, asked := p.answers[u]; asked {
		return there, nil
	}
	ask := p.listed
	if u.Kind == Format {
		ask = p.format
	}
	there, err := ask(ctx, u)
	p.answers[u] = there
	return there, err
}

// listed looks a connector or catalog up in Flink's own list.
func (p *probe) listed(ctx context.Context, u Use) (bool, error) {
	list, known := p.lists[u.Kind]
	if !known {
		var err error
		if u.Kind == Catalog {
			err = p.session.Configure(ctx, "CREATE CATALOG "+sqltext.Quote(nobody)+" WITH ('type' = "+sqltext.Literal(nobody)+")")
		} else {
			err = p.scan(ctx, "'connector' = "+sqltext.Literal(nobody))
		}
		if list, err = identifiers(err); err != nil {
			return false, err
		}
		p.lists[u.Kind] = list
	}
	return slices.Contains(list, u.Name), nil
}

// identifiers takes the list out of Flink's refusal (the message of
// org.apache.flink.table.factories.FactoryUtil.discoverFactory).
func identifiers(err error) ([]string, error) {
	var refused *gateway.Error
	if !errors.As(err, &refused) || !strings.HasPrefix(refused.Cause, "Could not find any factory for identifier") {
		return nil, cmp.Or(err, errSilent)
	}
	var list []string
	for _, line := range refused.More {
		if line = strings.TrimSpace(line); line != "" && !strings.HasSuffix(line, ":") {
			list = append(list, line)
		}
	}
	return list, nil
}

// errSilent: a question that was meant to be refused was not.
var errSilent = errors.New("Flink does not say what it has")

// format tries a format on a table of the filesystem connector, which every
// distribution has: as a source, and, since some formats only write, as a sink.
func (p *probe) format(ctx context.Context, u Use) (bool, error) {
	files, err := p.has(ctx, Use{Kind: Connector, Name: "filesystem"})
	if err != nil || !files {
		return true, err // nothing to try it with; compiling will tell
	}
	options := "'connector' = 'filesystem', 'path' = 'file:///', 'format' = " + sqltext.Literal(u.Name)
	for _, try := range []func(context.Context, string) error{p.scan, p.sink} {
		err := try(ctx, options)
		var refused *gateway.Error
		switch {
		case err == nil:
			return true, nil
		case !errors.As(err, &refused) || refused.Kind != gateway.SQL:
			return false, err
		case !strings.HasPrefix(refused.Cause, "Could not find any format factory for identifier"):
			return true, nil // it is there and wants options
		}
	}
	return false, nil
}

func (p *probe) scan(ctx context.Context, options string) error {
	table, err := p.table(ctx, options)
	if err == nil {
		_, err = p.session.Execute(ctx, "EXPLAIN SELECT * FROM "+table, nil)
	}
	return err
}

func (p *probe) sink(ctx context.Context, options string) error {
	table, err := p.table(ctx, options)
	if err == nil {
		_, err = p.session.Execute(ctx, "EXPLAIN INSERT INTO "+table+" VALUES ('a')", nil)
	}
	return err
}

// table makes a table of one column and returns its name.
func (p *probe) table(ctx context.Context, options string) (string, error) {
	p.tables++
	name := sqltext.Quote(fmt.Sprintf("%s-%d", nobody, p.tables))
	return name, p.session.Configure(ctx, "CREATE TEMPORARY TABLE "+name+" (`a` STRING) WITH ("+options+")")
}
