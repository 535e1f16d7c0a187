// The library as other programs import it: one import for the whole way from a pid to a report.
@_exported import Capture
@_exported import DebugInfo
@_exported import Diagnosis
@_exported import LinuxProcess
@_exported import ProcessModel
@_exported import Registry
@_exported import Reports
