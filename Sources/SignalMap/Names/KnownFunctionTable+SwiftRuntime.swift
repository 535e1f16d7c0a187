/// Entry points of the Swift runtime (include/swift/Runtime/HeapObject.h, Metadata.h and Casting.h of Swift 6), and the
/// locks of Synchronization.
extension KnownFunctionTable {
    mutating func addSwiftRuntime() {
        library = .swiftCore
        addObjects()
        addReferences()
        addMetadata()
        primitive("swift_once", does: .once(0, .function(1), argument: 2))

        library = .swiftSynchronization
        // The fast paths are inlined; a mutex is a word that holds its owner, and the slow paths call syscall with
        // FUTEX_LOCK_PI and FUTEX_UNLOCK_PI on it.
        primitive(
            "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF", does: .acquire(.mutex, .swiftSelf))
        primitive(
            "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF", does: .of(.tryAcquire, .mutex, .swiftSelf))
        primitive("$s15Synchronization12_MutexHandleV11_unlockSlowyyF", does: .of(.release, .mutex, .swiftSelf))
    }

    private mutating func addObjects() {
        allocating("swift_allocObject", size: 1)
        allocating("swift_allocBox swift_allocEmptyBox swift_allocError swift_bufferAllocate")
        allocating("swift_slowAlloc swift_coroFrameAlloc", size: 0)
        freeing("swift_slowDealloc swift_deallocObject swift_deallocClassInstance swift_deallocBox", 0)
        freeing("swift_deallocUninitializedObject swift_deallocError", 0)
        // The object stands in the frame or in static memory of the caller.
        plain("swift_initStackObject swift_initStaticObject", result: .argument(1))
        plain("swift_projectBox", result: .within(0))
        plain("swift_getErrorValue swift_errorInMain swift_unexpectedError swift_willThrow swift_willThrowTypedImpl")
        plain(
            """
            swift_isUniquelyReferenced_native swift_isUniquelyReferenced_nonNull_native swift_isUniquelyReferenced
            swift_isUniquelyReferenced_nonNull swift_isUniquelyReferencedNonObjC
            swift_isUniquelyReferenced_nonNull_bridgeObject swift_isUniquelyReferencedNonObjC_nonNull
            swift_isEscapingClosureAtFileLocation swift_retainCount swift_setDeallocating swift_beginAccess
            swift_endAccess swift_deletedMethodError swift_addNewDSOImage swift_verifyEndOfLifetime
            _swift_backtrace_isThunkFunction
            """)
        // A box of its own for a value that is shared.
        allocating("swift_makeBoxUnique")
    }

    private mutating func addReferences() {
        let same = """
            swift_retain swift_retain_n swift_tryRetain swift_bridgeObjectRetain swift_bridgeObjectRetain_n
            swift_errorRetain swift_nonatomic_retain swift_nonatomic_retain_n swift_nonatomic_bridgeObjectRetain
            swift_unownedRetain swift_unownedRetain_n swift_unownedRetainStrong
            """
        writing(same, to: [], result: .argument(0))
        plain("swift_unownedRelease swift_unownedRelease_n swift_unownedCheck swift_unownedRetainStrongAndRelease")
        // The last release runs the object's deinit: its metadata holds the function at -16.
        callback(
            """
            swift_release swift_release_n swift_bridgeObjectRelease swift_bridgeObjectRelease_n swift_errorRelease
            swift_nonatomic_release swift_nonatomic_release_n swift_nonatomic_bridgeObjectRelease
            """, at: .now, .method(0, slot: -16))
        // Values of a type that only its metadata knows: copies and destroys them by its witnesses, which release.
        callback("swift_arrayDestroy swift_arrayAssignWithTake", at: .now, .notShown)
        callback("swift_arrayAssignWithCopyNoAlias swift_arrayAssignWithCopyFrontToBack", at: .now, .notShown)
        callback("swift_arrayAssignWithCopyBackToFront swift_arrayInitWithCopy", at: .now, .notShown)
        copying(
            """
            swift_arrayInitWithCopy swift_arrayInitWithTakeNoAlias swift_arrayInitWithTakeFrontToBack
            swift_arrayInitWithTakeBackToFront swift_arrayAssignWithCopyNoAlias swift_arrayAssignWithTake
            swift_arrayAssignWithCopyFrontToBack swift_arrayAssignWithCopyBackToFront
            """, to: 0, from: 1, size: nil)
        // A weak reference holds its object by way of a side table.
        keeping("swift_weakInit swift_weakAssign", [1])
        for name in ["swift_weakInit", "swift_weakAssign"] { change(name) { $0.result = .argument(0) } }
        plain("swift_weakLoadStrong swift_weakTakeStrong", result: .unknown)
        plain("swift_weakDestroy")
        copying(
            "swift_weakCopyInit swift_weakCopyAssign swift_weakTakeInit swift_weakTakeAssign", to: 0, from: 1,
            size: nil, result: .argument(0))
    }

    private mutating func addMetadata() {
        plain(
            """
            swift_getGenericMetadata swift_getTypeByMangledNameInContext swift_getTypeByMangledNameInContext2
            swift_getTypeByMangledNameInContextInMetadataState swift_getTypeByMangledNameInContextInMetadataState2
            swift_getSingletonMetadata swift_checkMetadataState swift_getWitnessTable swift_getTupleTypeMetadata
            swift_getTupleTypeMetadata2 swift_getTupleTypeMetadata3 swift_getFunctionTypeMetadata
            swift_getFunctionTypeMetadata0 swift_getFunctionTypeMetadata1 swift_getFunctionTypeMetadata2
            swift_getFunctionTypeMetadata3 swift_getExistentialTypeMetadata swift_getMetatypeMetadata
            swift_getForeignTypeMetadata swift_getAssociatedTypeWitness swift_getAssociatedConformanceWitness
            swift_getOpaqueTypeConformance swift_getOpaqueTypeConformance2 swift_getOpaqueTypeMetadata
            swift_getOpaqueTypeMetadata2 swift_getObjectType swift_getDynamicType swift_getMetadataKind
            swift_getEnumCaseMultiPayload swift_storeEnumTagMultiPayload swift_getMultiPayloadEnumTagSinglePayload
            swift_storeMultiPayloadEnumTagSinglePayload swift_initClassMetadata2 swift_initStructMetadata
            swift_initEnumMetadataMultiPayload swift_initEnumMetadataSingleCase swift_initEnumMetadataSinglePayload
            swift_allocateGenericClassMetadata swift_allocateGenericValueMetadata swift_getCanonicalSpecializedMetadata
            swift_conformsToProtocol swift_conformsToProtocol2 swift_getTypeName swift_getMangledTypeName
            swift_getErrorValue swift_isClassType swift_isOptionalType
            """)
        for name in ["swift_getDynamicType", "swift_getObjectType"] { change(name) { $0.result = .unknown } }
        plain(
            "swift_dynamicCastClass swift_dynamicCastClassUnconditional swift_dynamicCastUnknownClass",
            result: .argument(0))
        plain("swift_dynamicCastMetatype swift_dynamicCastMetatypeUnconditional", result: .argument(0))
        // From the second to the first, if it is of the type.
        copying("swift_dynamicCast", to: 0, from: 1, size: nil)
        plain("swift_lookUpClassMethod", result: .unknown)
        for name in ["swift_getAtKeyPath", "swift_setAtWritableKeyPath", "swift_modifyAtWritableKeyPath"] {
            callback(name, at: .now, .notShown)
        }
    }
}
