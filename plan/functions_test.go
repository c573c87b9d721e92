package plan_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"flink-sql-driver/e2e/flinktest"
)

// named are the classes behind the names in testdata/functions.sql.
var named = map[string]string{
	"Mask.java":   "package named;\npublic class Mask extends org.apache.flink.table.functions.ScalarFunction { public String eval(String s) { return s; } }",
	"Longer.java": "package named;\npublic class Longer extends org.apache.flink.table.functions.ScalarFunction { public Boolean eval(String a, String b) { return a.length() > b.length(); } }",
	"Total.java": `package named;
public class Total extends org.apache.flink.table.functions.AggregateFunction<Long, Total.Sum> {
	public static class Sum { public long sum; }
	public Sum createAccumulator() { return new Sum(); }
	public Long getValue(Sum a) { return a.sum; }
	public void accumulate(Sum a, Integer v) { a.sum += v; }
	public void retract(Sum a, Integer v) { a.sum -= v; }
	public void merge(Sum a, Iterable<Sum> all) { for (Sum o : all) { a.sum += o.sum; } }
}`,
	"Parts.java": `package named;
@org.apache.flink.table.annotation.FunctionHint(output = @org.apache.flink.table.annotation.DataTypeHint("ROW<word STRING>"))
public class Parts extends org.apache.flink.table.functions.TableFunction<org.apache.flink.types.Row> {
	public void eval(String s) { for (String w : s.split(" ")) { collect(org.apache.flink.types.Row.of(w)); } }
}`,
	"Later.java": `package named;
public class Later extends org.apache.flink.table.functions.AsyncScalarFunction {
	public void eval(java.util.concurrent.CompletableFuture<String> answer, String s) { answer.complete(s); }
}`,
	"Gather.java": `package named;
import org.apache.flink.table.annotation.*;
public class Gather extends org.apache.flink.table.functions.ProcessTableFunction<Long> {
	public static class Held { public long n; }
	public void eval(@StateHint(name = "held") Held held, @ArgumentHint(value = ArgumentTrait.SET_SEMANTIC_TABLE, name = "r") org.apache.flink.types.Row r) { collect(++held.n); }
}`,
	"Labels.java": `package named;
import java.util.*;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.table.data.*;
import org.apache.flink.table.factories.ModelProviderFactory;
import org.apache.flink.table.functions.PredictFunction;
import org.apache.flink.table.ml.*;
public class Labels implements ModelProviderFactory, PredictRuntimeProvider {
	public ModelProvider createModelProvider(ModelProviderFactory.Context c) { return this; }
	public String factoryIdentifier() { return "named"; }
	public Set<ConfigOption<?>> requiredOptions() { return Set.of(); }
	public Set<ConfigOption<?>> optionalOptions() { return Set.of(ConfigOptions.key("task").stringType().noDefaultValue()); }
	public ModelProvider copy() { return this; }
	public PredictFunction createPredictFunction(ModelProvider.Context c) { return null; }
}`,
	"META-INF/services/org.apache.flink.table.factories.Factory": "named.Labels\n",
}

// TestRecordedFunctions compiles the queries of testdata/functions.sql, which use
// functions and models by name, as TestRecordedPlans does the others.
func TestRecordedFunctions(t *testing.T) {
	s := newSession(t)
	s.execute("ADD JAR '" + flinktest.Jar(t, named) + "'")
	text, err := os.ReadFile("testdata/functions.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range strings.Split(string(text), "\n----\n") {
		name, query, ok := strings.Cut(strings.TrimSpace(statement), "\n")
		if !ok || !strings.HasPrefix(name, "-- ") {
			s.execute(statement)
			continue
		}
		file := filepath.Join("testdata", "functions", strings.TrimPrefix(name, "-- ")+".json")
		compiled := s.compile(query)
		if *update {
			if err := os.WriteFile(file, compiled, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		recorded, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := parse(t, compiled), parse(t, recorded); !bytes.Equal(got.Canonical(), want.Canonical()) {
			t.Errorf("%s: Flink compiles\n%s\nrecorded is\n%s", name, got.Canonical(), want.Canonical())
		}
	}
}
