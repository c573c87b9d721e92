package journal_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"flink-sql-driver/plan/bucket"
)

// memory is a store whose faults a test switches on. It needs no real I/O, so the
// clock of a synctest bubble drives it.
type memory struct {
	mu      sync.Mutex
	objects map[string]string
	written map[string]time.Time
	fault   func(op, key string) error
}

func newMemory() *memory {
	return &memory{objects: make(map[string]string), written: make(map[string]time.Time)}
}

// keys are those of the objects below a prefix, sorted.
func (m *memory) keys(prefix string) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(maps.Collect(func(yield func(string, string) bool) {
		for k, v := range m.objects {
			if strings.HasPrefix(k, prefix) && !yield(k, v) {
				return
			}
		}
	})))
}

// spoil sets what goes wrong from now on.
func (m *memory) spoil(f func(op, key string) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fault = f
}

// begin returns with the lock held, or with the fault.
func (m *memory) begin(ctx context.Context, op, key string) error {
	m.mu.Lock()
	fault := m.fault
	m.mu.Unlock()
	if fault != nil {
		if err := fault(op, key); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	return nil
}

func (m *memory) Create(ctx context.Context, key string, data []byte) error {
	if err := m.begin(ctx, "create", key); err != nil {
		return err
	}
	defer m.mu.Unlock()
	if _, ok := m.objects[key]; ok {
		return bucket.ErrExist
	}
	m.objects[key], m.written[key] = string(data), time.Now()
	return nil
}

func (m *memory) Read(ctx context.Context, key string, _ int64) ([]byte, error) {
	if err := m.begin(ctx, "read", key); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	data, ok := m.objects[key]
	if !ok {
		return nil, bucket.ErrNotExist
	}
	return []byte(data), nil
}

func (m *memory) Write(ctx context.Context, key string, data []byte) error {
	if err := m.begin(ctx, "write", key); err != nil {
		return err
	}
	defer m.mu.Unlock()
	m.objects[key], m.written[key] = string(data), time.Now()
	return nil
}

func (m *memory) List(ctx context.Context, prefix string) ([]bucket.Object, error) {
	if err := m.begin(ctx, "list", prefix); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	var found []bucket.Object
	for k := range m.objects {
		if strings.HasPrefix(k, prefix) {
			found = append(found, bucket.Object{Key: k, ModTime: m.written[k]})
		}
	}
	slices.SortFunc(found, func(a, b bucket.Object) int { return strings.Compare(a.Key, b.Key) })
	return found, nil
}

func (m *memory) Delete(ctx context.Context, key string) error {
	if err := m.begin(ctx, "delete", key); err != nil {
		return err
	}
	defer m.mu.Unlock()
	delete(m.objects, key)
	return nil
}
