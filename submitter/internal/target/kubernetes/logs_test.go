package kubernetes

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flink-sql-driver/submitter/internal/target"
)

// podCalled is a pod of a role that was made at a second.
func podCalled(name, role string, second int64) corev1.Pod {
	p := pod(role, runs)
	p.Name, p.CreationTimestamp = name, metav1.NewTime(time.Unix(second, 0))
	return p
}

func TestChoose(t *testing.T) {
	native := snapshot{pods: []corev1.Pod{
		podCalled("orders-b-x7", jobManager, 1), podCalled("orders-b-y8", jobManager, 9),
		podCalled("orders-b-taskmanager-1-10", taskManager, 2), podCalled("orders-b-taskmanager-1-9", taskManager, 3),
		podCalled("orders-b-taskmanager-2-1", taskManager, 4),
	}}
	standalone := snapshot{pods: []corev1.Pod{
		podCalled("orders-b-taskmanager-7d9-aaa", taskManager, 5), podCalled("orders-b-taskmanager-7d9-bbb", taskManager, 4),
		podCalled("orders-b-taskmanager-7d9-ccc", taskManager, 4),
	}}
	for _, tc := range []struct {
		name  string
		s     snapshot
		which string
		want  []string
	}{
		{"nothing", snapshot{}, "", nil},
		{"the newest JobManager", native, "", []string{"orders-b-y8"}},
		{"by its name", native, "jobmanager", []string{"orders-b-y8"}},
		{"a pod", native, "orders-b-x7", []string{"orders-b-x7"}},
		{"in Flink's order", native, "taskmanager", []string{"orders-b-taskmanager-1-9", "orders-b-taskmanager-1-10", "orders-b-taskmanager-2-1"}},
		{"the first of Flink's", native, "taskmanager-1", []string{"orders-b-taskmanager-1-9"}},
		{"a TaskManager's pod", native, "orders-b-taskmanager-1-10", []string{"orders-b-taskmanager-1-10"}},
		{"one too many", native, "taskmanager-4", nil},
		{"none", native, "taskmanager-0", nil},
		{"supervisor", native, "supervisor", nil},
		{"by age", standalone, "taskmanager", []string{"orders-b-taskmanager-7d9-bbb", "orders-b-taskmanager-7d9-ccc", "orders-b-taskmanager-7d9-aaa"}},
		{"the youngest", standalone, "taskmanager-3", []string{"orders-b-taskmanager-7d9-aaa"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got []string
			for _, p := range tc.s.choose(tc.which) {
				got = append(got, p.pod)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLogs(t *testing.T) {
	const long = longestLine + 1
	one := podCalled("orders-b-taskmanager-1-1", taskManager, 1)
	two := podCalled("orders-b-taskmanager-1-2", taskManager, 1)
	jm := podCalled("orders-b-x7", jobManager, 1)
	logOf := func(p corev1.Pod, text string) (string, any) { return "pods/" + p.Name + "/log", text }
	all := answers{"pods": corev1.PodList{Items: []corev1.Pod{two, jm, one}}, "jobs/orders-b": jobWith("", "")}
	for _, l := range []struct {
		pod  corev1.Pod
		text string
	}{{one, "a\nb"}, {two, "c\r\n" + strings.Repeat("x", long)}, {jm, "j\nlast"}} {
		path, text := logOf(l.pod, l.text)
		all[path] = text
	}
	const every = "taskmanager-1 | a\ntaskmanager-1 | b\ntaskmanager-2 | c\n"
	for _, tc := range []struct {
		name      string
		of        answers
		which     string
		want, err string
	}{
		{"JobManager", all, "", "j\nlast", ""},
		{"one", all, "taskmanager-1", "a\nb", ""},
		{"all", all, "taskmanager", every + "taskmanager-2 | " + strings.Repeat("x", longestLine) + "\ntaskmanager-2 | x\n", ""},
		{"no such", all, "supervisor", "", "logs of orders-b: there is no pod supervisor; there are orders-b-x7, taskmanager-1 (orders-b-taskmanager-1-1), taskmanager-2 (orders-b-taskmanager-1-2)"},
		{"not made yet", answers{"pods": corev1.PodList{}, "jobs/orders-b": jobWith("", "")}, "", "", "there is no pod jobmanager"},
		{"stopped", answers{"pods": corev1.PodList{}}, "", "", "the launch was stopped and its pods removed with it, so its log is gone"},
		{"no right to", answers{"jobs/orders-b": forbidden("jobs"), "pods": corev1.PodList{}}, "", "", "rbac.yaml"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var out strings.Builder
			err := on(t, tc.of).Logs(t.Context(), target.Ref{Name: "orders", ClusterID: "orders-b"}, &out, false, tc.which)
			if diff := cmp.Diff(tc.want, out.String()); diff != "" {
				t.Error(diff)
			}
			if text := fmt.Sprint(err); tc.err == "" && err != nil || tc.err != "" && !strings.Contains(text, tc.err) {
				t.Errorf("%v, want %s", err, tc.err)
			}
		})
	}
	t.Run("followed", func(t *testing.T) {
		var out strings.Builder
		if err := on(t, all).Logs(t.Context(), target.Ref{ClusterID: "orders-b"}, &out, true, "taskmanager"); err != nil {
			t.Error(err)
		}
		for line := range strings.Lines(every) {
			if !strings.Contains(out.String(), line) {
				t.Errorf("no line %q", line)
			}
		}
	})
}
