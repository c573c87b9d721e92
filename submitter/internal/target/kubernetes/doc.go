// Package kubernetes runs launches as application clusters on Kubernetes, one set of
// objects in one namespace for each.
//
// # Objects of a launch
//
// All are named after the cluster id, and all but the Job are owned by the Job, so
// that deleting it deletes them:
//
//	Job          <cluster id>               the JobManager. A Job means "run until a final status": exit code 0
//	                                        ends it, a crash starts a new pod, and nothing starts it again after
//	                                        its end. Pod, log and exit code stay for reading.
//	ConfigMap    flink-config-<cluster id>  config.yaml, log4j and the pod template of TaskManagers
//	Service      <cluster id>               headless: where TaskManagers find the JobManager, without high availability
//	Service      <cluster id>-rest          what the API server's proxy reaches the REST API by
//	Deployment   <cluster id>               native mode: of no replicas; Flink makes it the owner of TaskManager pods,
//	                                        and deletes it at the end
//	Deployment   <cluster id>-taskmanager   standalone mode: the TaskManagers
//
// With checkpoints, Flink keeps two ConfigMaps more for high availability (…-config-map);
// they have no owner, since they have to outlive a JobManager, and are deleted by Remove.
//
// The Job is created suspended and let go when everything else is there. It is never
// applied again: its suspend field would stop a job that runs.
//
// # Identity
//
// A launch's objects carry its cluster id, its job and its number as labels. The Job's
// UID is what the driver claims a launch in the name of, so that a second pod of the
// same Job may go on and a Job of the same name made by somebody else may not.
package kubernetes
