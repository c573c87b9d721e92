// Package localize brings files from where they are stored to this machine:
// whole, verified, and under names that cannot leave the directory meant for
// them. A file is streamed and hashed into a temporary file beside its target,
// synced and renamed; a partial or wrong download never stays.
package localize
