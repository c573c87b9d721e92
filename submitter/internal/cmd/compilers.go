package cmd

import (
	"sync"

	"flink-sql-driver/submitter/internal/compile"
	"flink-sql-driver/submitter/internal/gateway"
)

// compilers keeps one compiler for each gateway, since each finds out once how its gateway
// hands plans over. Jobs of several Flink versions are compiled side by side.
type compilers struct {
	mu        sync.Mutex
	byGateway map[string]*compile.Compiler
}

func (k *compilers) of(g *gateway.Client, opts compile.Options) *compile.Compiler {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.byGateway == nil {
		k.byGateway = make(map[string]*compile.Compiler)
	}
	if k.byGateway[g.URL()] == nil {
		k.byGateway[g.URL()] = compile.New(g, opts)
	}
	return k.byGateway[g.URL()]
}
