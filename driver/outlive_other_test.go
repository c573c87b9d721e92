//go:build !linux

package main

import "syscall"

func noOutliving() *syscall.SysProcAttr { return nil }
