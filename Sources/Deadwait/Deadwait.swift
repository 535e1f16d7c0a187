@_exported import ProcessModel
